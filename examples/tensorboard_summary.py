"""Scalars, histograms, images, text and audio for TensorBoard
===========================================================

This is the book's block, with `nnlite.summary` in place of `tf.summary` and numpy in place of `tf.`
for the arithmetic.

To run it::

    python examples/tensorboard_summary.py [--logdir my_logs] [--steps 1000]
    tensorboard --logdir=./my_logs --port=6006
"""

import argparse
import os
import time

import numpy as np

import nnlite as keras


def get_run_logdir(root_logdir):
    return os.path.join(root_logdir, time.strftime("run_%Y_%m_%d-%H_%M_%S"))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--logdir", default="my_logs")
    parser.add_argument("--steps", type=int, default=1000)
    arguments = parser.parse_args()

    test_logdir = get_run_logdir(arguments.logdir)
    writer = keras.summary.create_file_writer(test_logdir)
    rng = np.random.default_rng(42)
    began = time.perf_counter()
    with writer.as_default():
        for step in range(1, arguments.steps + 1):
            keras.summary.scalar("my_scalar", np.sin(step / 10), step=step)

            data = (rng.standard_normal(100) + 2) * step / 100  # larger and larger
            keras.summary.histogram("my_hist", data, buckets=50, step=step)

            images = rng.random((2, 32, 32, 3))  # 32 x 32 pixels, RGB
            keras.summary.image("my_images", images * step / 1000, step=step)

            text = ["The step is " + str(step), "Its square is " + str(step**2)]
            keras.summary.text("my_text", text, step=step)

            sine_wave = np.sin(np.arange(12000) / 48000 * 2 * np.pi * step)
            audio = sine_wave.astype(np.float32).reshape([1, -1, 1])
            keras.summary.audio("my_audio", audio, sample_rate=48000, step=step)

    took = time.perf_counter() - began
    print(f"wrote {arguments.steps} steps of five kinds to {test_logdir} in {took:.1f} s")


if __name__ == "__main__":
    main()
