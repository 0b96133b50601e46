"""A training that is killed: this file is the child's script, and starts children.

The child prints "step" before each batch and "epoch" after each epoch, and at the end a digest of
everything that the training has left behind.
"""

import hashlib
import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path


def environment() -> dict[str, str]:
    """The child's: it finds nnlite where this process does."""
    import nnlite

    return {**os.environ, "PYTHONPATH": str(Path(nnlite.__file__).parents[1])}


def run(folder: Path, kind: str, save_freq: str, kill: str = "never") -> tuple[str | None, str]:
    """Run the child; return its digest, or None where it was killed, and what it printed.

    Parameters
    ----------
    folder : path
        Where the backup is.
    kind : str
        One of the trainings below.
    save_freq : str
        "epoch" or a number.
    kill : str
        "never", "at N" (it kills itself before the N-th line that it would print), or "after S"
        seconds of training (it is killed from here).
    """
    how, _, when = kill.partition(" ")
    command = [sys.executable, __file__, str(folder), kind, save_freq]
    command.append(when if how == "at" else "-1")
    child = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment(), text=True
    )
    if how == "after":
        assert child.stdout is not None
        child.stdout.readline()  # it has begun
        time.sleep(float(when))
        child.send_signal(signal.SIGKILL)
    out, err = child.communicate(timeout=120)
    if child.returncode == -signal.SIGKILL:
        return None, out
    assert child.returncode == 0, err
    return out.splitlines()[-1], out


def main() -> None:
    """Train, and print."""
    folder, kind, save_freq, kill_at = Path(sys.argv[1]), *sys.argv[2:5]

    import numpy as np

    import nnlite
    from nnlite import callbacks, layers

    nnlite.utils.set_random_seed(5)
    lines = 0

    def say(line: str) -> None:
        nonlocal lines
        if lines == int(kill_at):
            os.kill(os.getpid(), signal.SIGKILL)
        lines += 1
        print(line, flush=True)

    data = np.random.default_rng(0)
    x = data.normal(size=(120, 6)).astype(np.float32)
    y = (x[:, 0] * x[:, 1] > 0).astype(np.int64)
    model = nnlite.Sequential(
        [
            layers.Dense(16, "relu", input_shape=(6,)),
            layers.BatchNormalization(),
            layers.Dropout(0.25),
            layers.Dense(2, "softmax"),
        ]
    )
    optimizer = nnlite.optimizers.Nadam(0.01)
    model.compile(optimizer, "sparse_categorical_crossentropy", metrics=["accuracy"])
    backup = callbacks.BackupAndRestore(
        folder / "backup", save_freq if save_freq == "epoch" else int(save_freq)
    )
    others = {
        "plain": [],
        "told": [
            callbacks.LambdaCallback(
                on_train_batch_begin=lambda batch, logs: say("step"),
                on_epoch_end=lambda epoch, logs: say("epoch"),
            )
        ],
    }[kind]
    print("begun", flush=True)
    history = model.fit(
        x,
        y,
        batch_size=20,
        epochs=8 if kind == "told" else 80,
        validation_split=0.2,
        callbacks=[
            backup,
            callbacks.ReduceLROnPlateau(patience=1, factor=0.7),
            callbacks.EarlyStopping("loss", patience=300, restore_best_weights=True),
            callbacks.CSVLogger(folder / "log.csv"),
            *others,
        ],
        verbose=0,
    )
    numbers = [v.data.tobytes() for v in [*model.variables, *optimizer.variables]]
    random_after = nnlite.random.stream("shuffle").random(), random.random()
    said = json.dumps([history.history, history.epoch, history.epochs_of, random_after])
    parts = [*numbers, said.encode(), (folder / "log.csv").read_bytes()]
    assert not (folder / "backup").exists()
    print(hashlib.sha256(b"|".join(parts)).hexdigest())


if __name__ == "__main__":
    main()
