"""10.2.6 Saving a model, and loading it again
===========================================

A training may take hours; its result is kept in a file. One script trains and saves, others load
and predict. The file has the architecture, all weights, and the state of the optimizer, so that
even the training can go on.

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

# %%
# Saving
# ------
#
# A Sequential model (a functional one would do as well), compiled:

model = keras.models.Sequential(
    [
        keras.layers.Dense(30, activation="relu", input_shape=X_train.shape[1:]),
        keras.layers.Dense(1),
    ]
)

model.compile(loss="mean_squared_error", optimizer="sgd")

# %%
# The text saves it as it is. Trained a little, there is more to be seen:

history = model.fit(X_train, y_train, epochs=5, validation_data=(X_valid, y_valid))

# %%
# The ending chooses the format. ``.h5`` is HDF5:

model.save("my_keras_model.h5")

# %%
# Loading
# -------
#
# The trained one is kept under another name, to be compared:

trained = model

# %%

model = keras.models.load_model("my_keras_model.h5")

# %%
# It is another model, and predicts the same to the last bit:

X_new = X_test[:3]
trained.predict(X_new, verbose=0) == model.predict(X_new, verbose=0)

# %%
# The architecture has come with it:

keras.utils.plot_model(
    model,
    to_file=None,
    show_shapes=True,
    show_layer_names=True,
    show_layer_activations=True,
)

# %%
# It is compiled too, and goes on where the other stopped:

history = model.fit(X_train, y_train, epochs=2, validation_data=(X_valid, y_valid))

# %%
# What is in the file
# -------------------
#
# In a shell, ``nnlite inspect my_keras_model.h5`` tells it without loading anything. The same from
# Python:

from nnlite.cli import main

exit_code = main(["inspect", "my_keras_model.h5"])

# %%
# .. note::
#    **Keras reads these files, and nnlite reads Keras's**: ``.h5`` of Keras 2 and 3, and
#    ``.keras``, the newer format, of which a model is saved just by that ending.
#
# .. note::
#    **Files of strangers.** Loading a model must not run code. nnlite unpickles nothing and
#    imports nothing that a file names; where a file does not fit or is broken, the error says
#    where in the file.
#
# Weights alone
# -------------
#
# A subclassed model cannot be saved as a whole, since its architecture is code. Its weights can, as
# those of any model: make the model anew from its code, and give them back.

model.save_weights("my_model.weights.h5")

twin = keras.models.clone_model(model)
twin.load_weights("my_model.weights.h5")
twin.predict(X_new, verbose=0) == model.predict(X_new, verbose=0)
