"""The compiled kernels and their flags; everything else about the package is in pyproject.toml.

Without a C compiler the installation goes on without them and nnlite runs on numpy. Environment
variables: NNLITE_REQUIRE_COMPILED=1 makes that an error; NNLITE_BOUNDSCHECK=1 generates code that
checks the index of every memoryview (build with --force to go back).
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
    "compiled_door": [],
    "data": [],
    "elementwise": [],
    "executor": [],
    "dense": ["gemm.c"],
    "losses": [],
    "metrics": [],
    "optimizers": ["updates.c"],
    "parallel": ["threads.c"],
    "penalties": [],
    "peak": ["peak_loop.c"],
}
HEADERS = [
    *("gemm.h", "gemm_tile.h", "peak_loop.h", "simd.h", "threads.h"),
    *("updates.h", "updates_loops.h", "vmath.h", "vmath_scalar.h"),
]

BOUNDSCHECK = os.environ.get("NNLITE_BOUNDSCHECK") == "1"

DIRECTIVES = {
    "language_level": 3,
    "boundscheck": BOUNDSCHECK,
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
            generated_extensions = cythonized(self.extensions, self.force or BOUNDSCHECK)
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
            extension.extra_compile_args = FLAGS.get(self.compiler.compiler_type, [])
        super().build_extensions()


def cythonized(extensions: list[Extension], force: bool) -> list[Extension]:
    """The extensions with generated C, which goes into build/, for sources."""
    from Cython.Build import cythonize  # not above: reading the metadata needs no Cython

    return cythonize(
        extensions, compiler_directives=DIRECTIVES, build_dir="build/cython", force=force
    )


setup(
    cmdclass={"build_ext": build_kernels},
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
