"""The compiled kernels and their flags; everything else about the package is in pyproject.toml.

Without a C compiler the installation goes on without them and nnlite runs on numpy. Environment
variables: NNLITE_REQUIRE_COMPILED=1 makes that an error; NNLITE_CHECKED, a name of `CHECKED`, makes
kernels that watch themselves, for `make sanitize` and `make boundscheck`.
"""

import atexit
import os
import sys

from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext

KERNELS = "nnlite/_kernels"

#: The extensions and what they consist of besides their .pyx file.
EXTENSIONS = {
    "activations": ["vmath.c"],
    "adaptive": ["updates.c"],
    "arithmetic": [],
    "checksums": [],
    "compiled_door": [],
    "counts": [],
    "data": [],
    "elementwise_activations": ["curves.c"],
    "executor": [],
    "dense": ["gemm.c"],
    "elementwise_losses": [],
    "losses": [],
    "metrics": [],
    "normalization": [],
    "optimizers": ["updates.c"],
    "parallel": ["threads.c"],
    "penalties": ["updates.c"],
    "peak": ["peak_loop.c"],
    "random": ["philox.c"],
    "tiles": [],
}
HEADERS = [
    *("clock.h", "curves.h", "curves_loops.h", "curves_scalar.h", "curves_table.h"),
    *("gemm.h", "gemm_products.h", "gemm_tile.h", "gemm_update.h", "peak_loop.h", "philox.h"),
    *("simd.h", "threads.h", "updates.h", "updates_loops.h"),
    *("vmath.h", "vmath_both.h", "vmath_scalar.h"),
]

#: Cython's directives.
DIRECTIVES: dict[str, object] = {
    "language_level": 3,
    "boundscheck": False,
    "wraparound": False,
    "initializedcheck": False,
    "cdivision": True,
}

# No -march=native, since one build serves every machine of its platform; no -ffast-math, since NaN
# and the order of sums count; and a fused multiply-add only where the source asks for it. Nobody
# reads errno, and no arithmetic traps: told so, gcc makes vectors of square roots and of loops with
# a choice in them.
FLAGS = {
    "unix": [
        *("-O3", "-ffp-contract=off", "-fno-math-errno", "-fno-trapping-math"),
        *("-Wall", "-Wno-unused-function"),
    ],
    "msvc": ["/O2", "/fp:precise"],
}

# What a build adds that looks for mistakes: to the directives, and to the compiler's and linker's
# flags. The sanitizers end the process at the first mistake. With -O1 they are quick to build, and
# what they point at is where the mistake is.
SANITIZERS = ["-fsanitize=address,undefined", "-fno-sanitize-recover=all"]
CHECKED: dict[str, tuple[dict[str, object], list[str], list[str]]] = {
    "": ({}, [], []),
    "boundscheck": ({"boundscheck": True, "initializedcheck": True}, ["-O1"], []),
    "sanitize": ({}, [*SANITIZERS, "-O1", "-g", "-fno-omit-frame-pointer"], SANITIZERS),
}
CHECK = os.environ.get("NNLITE_CHECKED", "")
MORE_DIRECTIVES, MORE_FLAGS, LINK_FLAGS = CHECKED[CHECK]

#: Where everything is built; each kind of build has a place of its own, lest they be mixed up.
BUILD = os.path.join("build", CHECK)

WITHOUT = """
nnlite was installed WITHOUT compiled kernels: building them failed
    {error}
It runs on the numpy twins, correctly but slower. For the compiled kernels install a C compiler
(Debian, Ubuntu: gcc and python3-dev; macOS: xcode-select --install) and install nnlite again.
"""


class build_kernels(build_ext):  # noqa: N801, setuptools names a command by its class
    """build_ext that runs Cython as late as possible and can do without a compiler."""

    def run(self) -> None:
        """Generate the C and compile it."""
        # Not in setup(): the sdist would list the generated C instead of our sources.
        required = os.environ.get("NNLITE_REQUIRE_COMPILED") == "1"
        try:
            generated_extensions = cythonized(self.extensions, self.force)
            for extension, generated in zip(self.extensions, generated_extensions, strict=True):
                extension.sources = generated.sources
            super().run()
        except Exception as error:
            if required:
                raise
            self.extensions = []
            atexit.register(print, WITHOUT.format(error=error), file=sys.stderr)

    def build_extensions(self) -> None:
        """Give every extension the compiler's flags."""
        for extension in self.extensions:
            flags = FLAGS.get(self.compiler.compiler_type, [])
            extension.extra_compile_args = flags + MORE_FLAGS
            extension.extra_link_args = LINK_FLAGS
        super().build_extensions()


def cythonized(extensions: list[Extension], force: bool) -> list[Extension]:
    """The extensions with generated C, which goes into the place of the build, for sources."""
    from Cython.Build import cythonize  # not above: reading the metadata needs no Cython

    return cythonize(
        extensions,
        compiler_directives=DIRECTIVES | MORE_DIRECTIVES,
        build_dir=os.path.join(BUILD, "cython"),
        force=force,
    )


setup(
    cmdclass={"build_ext": build_kernels},
    options={"build": {"build_base": BUILD, "parallel": os.cpu_count()}},
    ext_modules=[
        Extension(
            f"nnlite._kernels.{name}",
            [f"{KERNELS}/{name}.pyx", *(f"{KERNELS}/{source}" for source in sources)],
            include_dirs=[KERNELS],
            depends=[f"{KERNELS}/{header}" for header in HEADERS] if sources else [],
        )
        for name, sources in EXTENSIONS.items()
    ],
)
