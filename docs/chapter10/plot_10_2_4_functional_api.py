"""10.2.4 Networks of any shape: the functional API
================================================

Not every network is a stack. Here layers are called like functions, on what other layers have
returned, and so connected as one likes: a model with a short cut, one with two inputs, and one
with two outputs, all for the prices of houses.

The data are those of section 10.2.3:
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
X_new = X_test[:3]

# %%
# Wide and deep
# -------------
#
# In a stack everything passes through all layers, and what is simple in the data may come out
# distorted. So let the inputs also go straight to the output: it learns simple rules by the short
# way, and intricate patterns by the deep one.
#
# An `Input` says what will come. Each layer is called as soon as it is made, and returns what
# stands for its output; no numbers flow yet. At last, `Model` is told where the network begins
# and ends.

input_ = keras.layers.Input(shape=X_train.shape[1:])
hidden1 = keras.layers.Dense(30, activation="relu")(input_)
hidden2 = keras.layers.Dense(30, activation="relu")(hidden1)
concat = keras.layers.Concatenate()([input_, hidden2])
output = keras.layers.Dense(1)(concat)
model = keras.Model(inputs=[input_], outputs=[output])

# %%
# The last layer sees 8 features and 30 outputs of the second hidden layer:

keras.utils.plot_model(model, to_file=None, show_shapes=True)

# %%
# In the summary, "Connected to" tells what the picture does:

model.summary()

# %%
# From here on it is a model like any other.

model.compile(loss="mean_squared_error", optimizer="sgd")
history = model.fit(X_train, y_train, epochs=20, validation_data=(X_valid, y_valid))
mse_test = model.evaluate(X_test, y_test)
y_pred = model.predict(X_new)

# %%
# Two inputs
# ----------
#
# Now some features shall go the wide way and others the deep one: 0 to 4 the wide, 2 to 7 the deep.
# A feature may go both. Two inputs, then, with names:

input_A = keras.layers.Input(shape=[5], name="wide_input")
input_B = keras.layers.Input(shape=[6], name="deep_input")
hidden1 = keras.layers.Dense(30, activation="relu")(input_B)
hidden2 = keras.layers.Dense(30, activation="relu")(hidden1)
concat = keras.layers.Concatenate()([input_A, hidden2])
output = keras.layers.Dense(1)(concat)
model = keras.Model(inputs=[input_A, input_B], outputs=[output])

# %%

keras.utils.plot_model(model, to_file=None, show_shapes=True, show_layer_names=True)

# %%
# x is a tuple now, in the order of the model's inputs: in `fit`, `evaluate` and `predict`, and in
# the validation data. (The learning rate of 0.001 is small: 20 epochs are not the end of it.)

model.compile(loss="mse", optimizer=keras.optimizers.SGD(learning_rate=1e-3))

X_train_A, X_train_B = X_train[:, :5], X_train[:, 2:]
X_valid_A, X_valid_B = X_valid[:, :5], X_valid[:, 2:]
X_test_A, X_test_B = X_test[:, :5], X_test[:, 2:]
X_new_A, X_new_B = X_test_A[:3], X_test_B[:3]

history = model.fit(
    (X_train_A, X_train_B),
    y_train,
    epochs=20,
    validation_data=((X_valid_A, X_valid_B), y_valid),
)
mse_test = model.evaluate((X_test_A, X_test_B), y_test)
y_pred = model.predict((X_new_A, X_new_B))

# %%
# .. note::
#    **By their names.** With several inputs it is easy to confuse their order, and where they
#    have one shape nobody notices. A dict says which is which. A name that no input has is
#    refused, where Keras 3 passes over it.

model.evaluate({"deep_input": X_test_B, "wide_input": X_test_A}, y_test, verbose=0)

# %%
# Two outputs
# -----------
#
# Several outputs serve a picture's object, whose place and class are wanted at once; or several
# tasks on the same data, which may learn from each other. Here the second output is for
# regularization: it predicts the same price from the deep part alone, which so has to learn
# something of use by itself.

input_A = keras.layers.Input(shape=[5], name="wide_input")
input_B = keras.layers.Input(shape=[6], name="deep_input")
hidden1 = keras.layers.Dense(30, activation="relu")(input_B)
hidden2 = keras.layers.Dense(30, activation="relu")(hidden1)
concat = keras.layers.Concatenate()([input_A, hidden2])
output = keras.layers.Dense(1, name="main_output")(concat)
aux_output = keras.layers.Dense(1, name="aux_outout")(hidden2)
model = keras.Model(inputs=[input_A, input_B], outputs=[output, aux_output])

# %%
# (``aux_outout`` is a slip of the text; it will be found in the logs.)

keras.utils.plot_model(model, to_file=None, show_shapes=True, show_layer_names=True)

# %%
# Each output has a loss of its own, and the model minimizes their sum. The main output is what we
# are after, so it weighs nine times as much:

model.compile(loss=["mse", "mse"], loss_weights=[0.9, 0.1], optimizer="sgd")

# %%
# Each output needs targets too, even if they are the same ones:

history = model.fit(
    [X_train_A, X_train_B],
    [y_train, y_train],
    epochs=20,
    validation_data=([X_valid_A, X_valid_B], [y_valid, y_valid]),
)

# %%
# `evaluate` returns the weighted sum, then the loss of each output:

total_loss, main_loss, aux_loss = model.evaluate([X_test_A, X_test_B], [y_test, y_test])

# %%
# ... and `predict` an array for each.

y_pred_main, y_pred_aux = model.predict([X_new_A, X_new_B])
y_pred_main, y_pred_aux

# %%
# The auxiliary output does not see feature 0, the median income, which tells more of a house's
# price than any other. So it stays behind:

history.plot()

# %%
# Sequential and functional models are declared before any data comes: they can be drawn, saved,
# copied and checked. Where that is too rigid, there is subclassing.
