"""10.2.3 Predicting prices: regression with the Sequential API
============================================================

What is a house worth? The data are 20,640 districts of California in the census of 1990: eight
numbers about each, from the median income to the latitude, and the median price of its houses, in
units of 100,000 dollars. Against classification, two things change: the output is a single neuron
without an activation, and the loss is the mean squared error.
"""

import nnlite as keras

keras.utils.set_random_seed(42)

# %%
# Loading the data
# ----------------
#
# The book has scikit-learn download them. nnlite has the same numbers, to the last bit, and finds
# them on this machine or downloads them. So scikit-learn's import is replaced by a function of
# the same name:

from types import SimpleNamespace


def fetch_california_housing():
    data, target = keras.datasets.california_housing.load_per_household()
    return SimpleNamespace(data=data, target=target)


# %%
# A quarter is for testing; of the rest a quarter is for validation. Each feature is brought to
# mean 0 and standard deviation 1, by what the training set says of it: the other two play the
# part of data that nobody has seen.

from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

housing = fetch_california_housing()

X_train_full, X_test, y_train_full, y_test = train_test_split(housing.data, housing.target)
X_train, X_valid, y_train, y_valid = train_test_split(X_train_full, y_train_full)

scaler = StandardScaler()
X_train = scaler.fit_transform(X_train)
X_valid = scaler.transform(X_valid)
X_test = scaler.transform(X_test)

# %%
# .. warning::
#    **A few districts are very odd.** In some there are over a thousand people to a household
#    (barracks, prisons): after scaling, a feature of nearly 100, where the others have 1 or 2.
#    Depending on the split and the learning rate, one such sample can throw the weights to
#    infinity, here and in Keras; section 10.2.8 shows what helps.

for name, part in {"training": X_train, "validation": X_valid, "test": X_test}.items():
    print(f"{name}: {len(part)} districts, the largest feature is {abs(part).max():.0f}")

# %%
# Building, training, evaluating, predicting
# ------------------------------------------
#
# The data are noisy and few, so one hidden layer of 30 neurons is enough, lest it overfit.

model = keras.models.Sequential(
    [
        keras.layers.Dense(30, activation="relu", input_shape=X_train.shape[1:]),
        keras.layers.Dense(1),
    ]
)

model.compile(loss="mean_squared_error", optimizer="sgd")

history = model.fit(X_train, y_train, epochs=20, validation_data=(X_valid, y_valid))
mse_test = model.evaluate(X_test, y_test)

X_new = X_test[:3]
y_pred = model.predict(X_new)

# %%
# Is that good? The root of the error says how far off a prediction typically is, in the unit of
# the prices; who always said the mean price would be off by their standard deviation.

print(f"the model is typically {100_000 * mse_test**0.5:,.0f} dollars off")
print(f"the mean price would be {100_000 * y_test.std():,.0f} dollars off")

# %%
# The three predictions beside what the houses there did cost:

for predicted, price in zip(y_pred[:, 0], y_test[:3], strict=True):
    print(f"predicted {100_000 * predicted:7,.0f}, in truth {100_000 * price:7,.0f} dollars")

# %%
# How the training went:

history.plot()

# %%
# And all of the test set. On the line would be right; at the right edge stand the districts whose
# price the census capped at 500,001 dollars, which no model can know.

import matplotlib.pyplot as plt

figure, axes = plt.subplots(figsize=(5, 5))
axes.scatter(y_test, model.predict(X_test, verbose=0)[:, 0], s=4, alpha=0.3)
axes.plot([0, 5], [0, 5], color="black", linewidth=1)
axes.set(xlim=(0, 5.2), ylim=(0, 5.2))
axes.set(xlabel="Price (100,000 dollars)", ylabel="Predicted")
plt.show()

# %%
# The Sequential API is easy, and enough for any stack of layers. For several inputs or outputs, or
# any other shape, there is the functional API.
