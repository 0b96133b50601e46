"""10.2.2 Classifying images with the Sequential API
=================================================

A network with two hidden layers learns to tell ten kinds of clothes apart, from 55,000 pictures of
28 x 28 pixels. The page goes the whole way: load the data, build the model and look into it,
compile, train, evaluate, predict.

All of the book's code for it is here. What differs is the import, of TensorFlow there, which the
book installs in 10.2.1:
"""

import nnlite as keras

keras.__version__

# %%
# Everything random, from the first weights to the order of the samples, comes from one seed. So
# this page says the same each time it is made:

keras.utils.set_random_seed(42)

# %%
# Loading the data
# ----------------

fashion_mnist = keras.datasets.fashion_mnist
(X_train_full, y_train_full), (X_test, y_test) = fashion_mnist.load_data()

# %%
# .. note::
#    **Where the data come from.** `load_data` takes what is on this machine: the folder that
#    ``NNLITE_DATASETS`` names, its own cache, Debian's package ``dataset-fashion-mnist``.
#    Otherwise it downloads the 30 MB once. Each time, a checksum says whether the files are the
#    published ones.
#
# 60,000 pictures, each pixel a whole number from 0 to 255:

X_train_full.shape, X_train_full.dtype

# %%
# The first 5,000 are held out, to validate with. Dividing by 255 brings all pixels between 0 and
# 1: with gradient descent, inputs as large as 255 would make steps that are far too long.

X_valid, X_train = X_train_full[:5000] / 255.0, X_train_full[5000:] / 255.0
y_valid, y_train = y_train_full[:5000], y_train_full[5000:]
X_test = X_test / 255.0

# %%
# The labels are numbers from 0 to 9. Their names, and that of the first picture:

class_names = [
    "T-shirt",
    "Trouser",
    "Pullover",
    "Dress",
    "Coat",
    "Sandal",
    "Shirt",
    "Sneaker",
    "Bag",
    "Ankle boot",
]
class_names[y_train[0]]

# %%
# The first forty, by a function that draws pictures with their classes. Of true and predicted ones
# it is given the true ones twice here; further down, the model predicts.

X_some, y_some = X_train[:40], y_train[:40]
figure = keras.visualize.predictions_grid(X_some, y_some, y_some, class_names)
figure.suptitle("The first forty pictures of the training set")
figure

# %%
# Building the model
# ------------------
#
# Layer upon layer. `Flatten` makes one row of 784 numbers of each picture; the hidden layers have
# 300 and 100 neurons; the softmax at the end gives ten probabilities, which sum to 1.

model = keras.models.Sequential()
model.add(keras.layers.Flatten(input_shape=[28, 28]))
model.add(keras.layers.Dense(300, activation="relu"))
model.add(keras.layers.Dense(100, activation="relu"))
model.add(keras.layers.Dense(10, activation="softmax"))

# %%
# The same at once, as a list. This is the model that is trained below; its layers are called
# ``dense_3`` to ``dense_5``, because there have been three others in this session.

model = keras.models.Sequential(
    [
        keras.layers.Flatten(input_shape=[28, 28]),
        keras.layers.Dense(300, activation="relu"),
        keras.layers.Dense(100, activation="relu"),
        keras.layers.Dense(10, activation="softmax"),
    ]
)

# %%
# Nine tenths of all weights are in the first hidden layer: 784 x 300 and one bias for each of its
# 300 neurons, 235,500. That is much freedom for 55,000 pictures, so overfitting has to be watched
# for.

model.summary()

# %%
# The same as a picture:

keras.utils.plot_model(
    model,
    to_file=None,
    show_shapes=True,
    show_layer_names=True,
    show_layer_activations=True,
)

# %%
# A model is a list of layers, which can be had by their place or by their name:

model.layers

# %%

hidden1 = model.layers[1]
hidden1

# %%

hidden1.name

# %%

model.get_layer("dense_3") is hidden1

# %%
# What a layer has to learn: the weights of its connections, which begin as small random numbers
# (or all neurons would for ever learn the same), and the biases, which begin as zeros.

weights, biases = hidden1.get_weights()
weights, biases

# %%

weights.shape, biases.shape

# %%
# Compiling
# ---------
#
# What to make small, how, and what else to tell. The loss has ``sparse_`` in its name because a
# label is one number, the class; for labels that are ten probabilities it is
# ``categorical_crossentropy``.

model.compile(loss="sparse_categorical_crossentropy", optimizer="sgd", metrics=["accuracy"])

# %%
# .. note::
#    **What if loss and labels do not fit together?** Then `fit` refuses before it trains, and says
#    what would fit. It looks at the data first: also for labels out of range, for NaN, and for
#    targets whose shape would silently broadcast.
#
# Training and evaluating
# -----------------------
#
# The book trains for 30 epochs; here it is 10, so that this page is soon made. Twenty more take the
# accuracy on the test set from 0.85 to about 0.88.

history = model.fit(X_train, y_train, epochs=10, validation_data=(X_valid, y_valid))

# %%
# ``validation_split=0.1`` instead of ``validation_data`` would hold out the last tenth of the
# data, taken before they are shuffled. Where some classes are rare, ``class_weight`` lets them
# count for more, and ``sample_weight`` does so for single samples.
#
# What `fit` returns has the numbers of all epochs in ``history.history``, a dict of lists. pandas
# draws it:

import matplotlib.pyplot as plt
import pandas as pd

pd.DataFrame(history.history).plot(figsize=(8, 5))
plt.grid(True)
plt.gca().set_ylim(0, 1)
plt.show()

# %%
# Both losses fall and both accuracies rise, close together: no overfitting yet. The validation
# loss falls unevenly, but has not begun to rise; more epochs would do it good.
#
# At first it even looks as if the model did *better* on pictures that it had never seen. It is
# the drawing that deceives: the training loss is a mean over the epoch, while the model was
# learning, but the validation loss is measured at the epoch's end. The training curves belong
# half an epoch further to the left.
#
# .. note::
#    **nnlite draws them there.** ``history.plot()`` shifts the training curves by half an epoch,
#    and needs no pandas.

history.plot()

# %%
# When nothing is left to be tuned (the learning rate first, then the optimizer, then the number
# of layers, neurons, samples in a batch), and only then, comes the test set. It is for the last
# word: who tunes by it does not learn any more how the model will do on new data.

model.evaluate(X_test, y_test)

# %%
# Predicting
# ----------
#
# Three pictures from the test set stand for new ones. For each of the ten classes the model
# gives a probability.

X_new = X_test[:3]
y_proba = model.predict(X_new)
y_proba.round(2)

# %%
# Where only the likeliest class counts:

y_pred = model.predict(X_new).argmax(axis=-1)
y_pred

# %%
# A boot, a pullover, trousers. Forty pictures say more than three:

y_proba = model.predict(X_test[:40], verbose=0)
keras.visualize.predictions_grid(X_test[:40], y_test[:40], y_proba, class_names)

# %%
# The same, counted over all 10,000. Shoes are taken for other shoes; the hard ones are shirts,
# pullovers and coats:

y_proba = model.predict(X_test, verbose=0)
keras.visualize.confusion_matrix(y_test, y_proba, class_names)
