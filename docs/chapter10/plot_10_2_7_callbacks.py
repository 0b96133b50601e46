"""10.2.7 Callbacks: what happens during a training
================================================

`fit` calls you back: at the beginning and end of the training, of each epoch, even of each batch.
So a long training saves itself now and then, stops when it gets no better, or tells what you want
to know.

The data are those of section 10.2.3, and so is the model:
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

model = keras.models.Sequential(
    [
        keras.layers.Dense(30, activation="relu", input_shape=X_train.shape[1:]),
        keras.layers.Dense(1),
    ]
)
model.compile(loss="mean_squared_error", optimizer="sgd")

# %%
# Checkpoints
# -----------
#
# At the end of each epoch the model is saved, so that after a crash little is lost:

checkpoint_cb = keras.callbacks.ModelCheckpoint("my_keras_model.h5")
history = model.fit(X_train, y_train, epochs=10, callbacks=[checkpoint_cb])

# %%
# Stopping early, the first way
# -----------------------------
#
# With ``save_best_only=True`` the file is written only where the validation loss is lower than
# ever before. Loaded at the end, it gives the best model, even if it has begun to overfit since.

checkpoint_cb = keras.callbacks.ModelCheckpoint("my_keras_model.h5", save_best_only=True)
history = model.fit(
    X_train,
    y_train,
    epochs=10,
    validation_data=(X_valid, y_valid),
    callbacks=[checkpoint_cb],
)
model = keras.models.load_model("my_keras_model.h5")

# %%
# The loaded model has the lowest validation loss of the ten epochs:

min(history.history["val_loss"]), model.evaluate(X_valid, y_valid, verbose=0)

# %%
# .. note::
#    **What a callback watches has to be there.** Without validation data there would be no
#    ``val_loss``. nnlite refuses when `fit` begins, and says what there is; Keras 3 warns after the
#    first epoch, and saves nothing.
#
# Stopping early, the second way
# ------------------------------
#
# `EarlyStopping` ends the training when the validation loss has not become less for ten epochs, and
# gives the model its best weights back. Then the number of epochs may be generous.
#
# In the text ``patience`` is misspelt, which gives the first answer below.

import textwrap

try:
    keras.callbacks.EarlyStopping(patioence=10, restore_best_weights=True)
except TypeError as error:
    print(textwrap.fill(str(error), 88))

# %%

early_stopping_cb = keras.callbacks.EarlyStopping(patience=10, restore_best_weights=True)
history = model.fit(
    X_train,
    y_train,
    epochs=100,
    validation_data=(X_valid, y_valid),
    callbacks=[checkpoint_cb, early_stopping_cb],
)

# %%
# Which epoch was the best, and how many there were:

early_stopping_cb.best_epoch + 1, len(history.epoch)

# %%
# The validation loss is the restless one, not least for a few very odd districts (see section
# 10.2.3). A single epoch that is no better means little, so patience is needed.

history.plot()

# %%
# A callback of one's own
# -----------------------
#
# It is a class with the methods that it needs, which are named by when they are called. This one
# prints the ratio of both losses: far above 1, the model overfits.


class PrintValTrainRatioCallback(keras.callbacks.Callback):
    def on_epoch_end(self, epoch, logs):
        print("\n val/train: {:.2f}".format(logs["val_loss"] / logs["loss"]))


# %%
# The text leaves it at that; here it is at work. Without a terminal, an epoch's line is printed
# when all is known of it, so the ratio comes first:

history = model.fit(
    X_train,
    y_train,
    epochs=3,
    validation_data=(X_valid, y_valid),
    callbacks=[PrintValTrainRatioCallback()],
)

# %%
# .. note::
#    **Callbacks are cheap by the epoch and dear by the batch.** In nnlite a compiled loop does
#    all batches of an epoch in one go. A callback with ``on_train_batch_end`` has it return to
#    Python after every batch; one without costs nothing in between.
