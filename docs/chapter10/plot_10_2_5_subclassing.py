"""10.2.5 Models as Python code: subclassing
=========================================

Sequential and functional models are declared before any data comes. That is a strength: they can be
drawn, saved and copied, and what does not fit together is found at once. But some networks have
loops, branches or shapes that only show at run time. Those are written as code: a subclass of
`Model`, whose ``call`` computes the outputs.

The data, the two inputs and the two outputs are those of section 10.2.4:
"""

from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

import nnlite as keras

keras.utils.set_random_seed(42)

X, y = keras.datasets.california_housing.load_per_household()
X_train_full, X_test, y_train_full, y_test = train_test_split(X, y)
X_train, X_valid, y_train, y_valid = train_test_split(X_train_full, y_train_full)

scaler = StandardScaler()
X_train = scaler.fit_transform(X_train)
X_valid = scaler.transform(X_valid)
X_test = scaler.transform(X_test)

X_train_A, X_train_B = X_train[:, :5], X_train[:, 2:]
X_valid_A, X_valid_B = X_valid[:, :5], X_valid[:, 2:]
X_test_A, X_test_B = X_test[:, :5], X_test[:, 2:]
X_new_A, X_new_B = X_test_A[:3], X_test_B[:3]

# %%
# Building the model
# ------------------
#
# The layers are made once, in the constructor, and used in ``call``. There are no `Input` objects:
# ``inputs`` are the very numbers of a batch. (In the text the last line is indented by two more
# spaces: inside the class, which has no name there yet.)


class WideAndDeepModel(keras.Model):
    def __init__(self, units=30, activation="relu", **kwargs):
        super().__init__(**kwargs)
        self.hidden1 = keras.layers.Dense(units, activation=activation)
        self.hidden2 = keras.layers.Dense(units, activation=activation)
        self.main_output = keras.layers.Dense(1)
        self.aux_output = keras.layers.Dense(1)

    def call(self, inputs):
        input_A, input_B = inputs
        hidden1 = self.hidden1(input_B)
        hidden2 = self.hidden2(hidden1)
        concat = keras.layers.concatenate([input_A, hidden2])
        main_output = self.main_output(concat)
        aux_output = self.aux_output(hidden2)
        return main_output, aux_output


model = WideAndDeepModel()

# %%
# The price of freedom: nobody knows the shapes until data come, and the summary has a list of
# layers, but not what is connected to what.

model.summary()

# %%
# Training
# --------
#
# It is trained as the functional model was:

model.compile(loss=["mse", "mse"], loss_weights=[0.9, 0.1], optimizer="sgd")
history = model.fit(
    [X_train_A, X_train_B],
    [y_train, y_train],
    epochs=20,
    validation_data=([X_valid_A, X_valid_B], [y_valid, y_valid]),
)

# %%
# .. note::
#    **The outputs have names in the logs**: ``output_1_loss`` and ``output_2_loss``. Where ``call``
#    returns a dict, they are its keys, and losses and targets can be given by them.

history.plot()

# %%

total_loss, main_loss, aux_loss = model.evaluate([X_test_A, X_test_B], [y_test, y_test])
y_pred_main, y_pred_aux = model.predict([X_new_A, X_new_B])

# %%
# Now that it has seen data, the shapes are there:

model.summary()

# %%
# .. note::
#    **Freedom costs time.** ``call`` runs as Python for each batch. The steps of a functional
#    model are recorded once, and then replayed by a compiled loop: compare the time per step with
#    that on the page before.
#
# .. note::
#    **Mistakes inside** ``call`` show when the first batch comes; the message names the layer and
#    the shapes. And since gradients come from a tape that is written while ``call`` runs,
#    what would cut them unnoticed, such as ``float(hidden1)``, is refused there.
#
# What the freedom is good for
# ----------------------------
#
# Loops and conditions are those of Python. Here one layer is applied as often as was asked for,
# and what it returns is added to what it was given. The model becomes deeper, but no larger.


class Again(keras.Model):
    def __init__(self, times, **kwargs):
        super().__init__(**kwargs)
        self.times = times
        self.first = keras.layers.Dense(30, activation="relu")
        self.again = keras.layers.Dense(30, activation="tanh")
        self.last = keras.layers.Dense(1)

    def call(self, inputs):
        hidden = self.first(inputs)
        for _ in range(self.times):
            hidden = hidden + self.again(hidden)
        return self.last(hidden)


for times in (1, 3):
    again = Again(times)
    again.compile(loss="mse", optimizer=keras.optimizers.SGD(learning_rate=0.003))
    again.fit(X_train, y_train, epochs=3, verbose=0)
    mse = again.evaluate(X_valid, y_valid, verbose=0)
    print(f"{times} times: {again.count_params()} weights, validation error {mse:.2f}")

# %%
# Saving is the other price: the architecture is Python code, which no file of weights can hold.
# nnlite says so, and what to do instead; section 10.2.6 is about files.

import textwrap

try:
    model.save("my_keras_model.h5")
except NotImplementedError as error:
    print(textwrap.fill(str(error), 88))

# %%
# So, where the freedom is not needed, the other two APIs are the better choice.
