"""10.2.8 Seeing it in TensorBoard
===============================

TensorBoard is a page in the browser that draws what a training writes into a folder of logs:
learning curves, of several trainings over each other, histograms, pictures, sounds, text. nnlite
writes its files without TensorFlow; the page itself comes by ``pip install tensorboard``.
"""

import matplotlib.pyplot as plt
import numpy as np
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
# .. warning::
#    **A learning rate of 0.05 is too much for a few odd districts.** With the features as they
#    are, the loss of the second training below becomes NaN, here and in Keras. So they are kept
#    within 5 standard deviations, which concerns a few rows in a thousand.

X_train, X_valid, X_test = (np.clip(part, -5, 5) for part in (X_train, X_valid, X_test))

# %%
# Folders of logs
# ---------------
#
# All runs have one root folder, which TensorBoard watches, and each has one of its own in it,
# named by the time.

import os

root_logdir = os.path.join(os.curdir, "my_logs")


def get_run_logdir():
    import time

    run_id = time.strftime("run_%Y_%m_%d_%H_%M_%S")
    return os.path.join(root_logdir, run_id)


run_logdir = get_run_logdir()

# %%
# Two trainings
# -------------
#
# The model of section 10.2.3, and the callback that writes:

model = keras.models.Sequential(
    [
        keras.layers.Dense(30, activation="relu", input_shape=X_train.shape[1:]),
        keras.layers.Dense(1),
    ]
)

model.compile(
    loss="mean_squared_error",
    optimizer=keras.optimizers.SGD(learning_rate=0.001),
)

tensorboard_cb = keras.callbacks.TensorBoard(run_logdir)
history = model.fit(
    X_train,
    y_train,
    epochs=30,
    validation_data=(X_valid, y_valid),
    callbacks=[tensorboard_cb],
)

# %%
# The folders are named by the second, and all 30 epochs may have taken less. So, before each
# further run, one second is let pass:

import time

time.sleep(1)

# %%
# The same once more, with a learning rate of 0.05:

run_logdir2 = get_run_logdir()

model2 = keras.models.Sequential(
    [
        keras.layers.Dense(30, activation="relu", input_shape=X_train.shape[1:]),
        keras.layers.Dense(1),
    ]
)

model2.compile(
    loss="mean_squared_error",
    optimizer=keras.optimizers.SGD(learning_rate=0.05),
)

tensorboard_cb = keras.callbacks.TensorBoard(run_logdir2)
history = model2.fit(
    X_train,
    y_train,
    epochs=30,
    validation_data=(X_valid, y_valid),
    callbacks=[tensorboard_cb],
)

# %%
# What there is now
# -----------------
#
# Each run has a folder for the training and one for the validation, with a file of events in
# each. In a shell, ``nnlite events my_logs`` lists them; the same from Python:

from nnlite.cli import main

exit_code = main(["events", "my_logs"])

# %%
# In a notebook, these two lines open TensorBoard below them::
#
#     %load_ext tensorboard
#     %tensorboard --logdir=./my_logs --port=6006
#
# In a shell, ``tensorboard --logdir=./my_logs --port=6006`` does, and then a browser at
# ``http://localhost:6006``. This page stands still, so here the curves are read from the files and
# drawn:

from pathlib import Path

figure, axes = plt.subplots(figsize=(8, 4))
for rate, logdir in {0.001: run_logdir, 0.05: run_logdir2}.items():
    for part, line in {"train": "-", "validation": "--"}.items():
        (path,) = Path(logdir, part).iterdir()
        values = [value for event in keras.summary.read(path) for value in event.values]
        losses = [float(value.data) for value in values if value.tag == "epoch_loss"]
        color = "tab:blue" if rate == 0.001 else "tab:orange"
        axes.plot(losses, line, color=color, label=f"learning rate {rate}, {part}")
axes.set(xlabel="Epoch", ylabel="Loss", ylim=(0.3, 0.9))
axes.legend()
plt.show()

# %%
# The loss with the larger learning rate falls much faster.
#
# .. note::
#    **More than losses.** ``TensorBoard(histogram_freq=1)`` writes histograms of the weights,
#    ``histogram_gradients=True`` also of the gradients, which Keras has no more, and
#    ``profile_batch`` what takes how long. The guides to TensorBoard and to profiling have it
#    all.
#
# Scalars, histograms, pictures, text and sound
# ---------------------------------------------
#
# What is not of a training can be written too. Where the text has ``tf.summary``, there is
# ``keras.summary``, and numpy computes the sine.

time.sleep(1)
test_logdir = get_run_logdir()
writer = keras.summary.create_file_writer(test_logdir)
with writer.as_default():
    for step in range(1, 1000 + 1):
        keras.summary.scalar("my_scalar", np.sin(step / 10), step=step)

        data = (np.random.randn(100) + 2) * step / 100
        keras.summary.histogram("my_hist", data, buckets=50, step=step)

        images = np.random.rand(2, 32, 32, 3)
        keras.summary.image("my_images", images * step / 1000, step=step)

        text = ["The step is" + str(step), "Its square is" + str(step**2)]
        keras.summary.text("my_text", text, step=step)

        sine_wave = np.sin(np.arange(12000) / 48000 * 2 * np.pi * step)
        audio = np.float32(sine_wave)[None, :, None]
        keras.summary.audio("my_audio", audio, sample_rate=48000, step=step)

# %%
# The names and arguments are TensorFlow's, and so is what TensorBoard shows of it:

exit_code = main(["events", test_logdir])

# %%
# A histogram per step makes a landscape, which TensorBoard draws as slices behind each other. As a
# map it looks like this: numbers around 2% of the step, and spread the wider the later.

(path,) = Path(test_logdir).iterdir()
histograms = [
    (event.step, value.data)
    for event in keras.summary.read(path)
    for value in event.values
    if value.tag == "my_hist"
]

figure, axes = plt.subplots(figsize=(8, 4))
for step, buckets in histograms[::10]:
    left, right, count = buckets.T
    middle, steps = (left + right) / 2, np.full(len(count), step)
    axes.scatter(steps, middle, c=count, s=9, marker="s", cmap="Blues")
axes.set(xlabel="Step", ylabel="Value", title="my_hist")
plt.show()
