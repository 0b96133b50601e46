"""How many multiply-adds this core can do in a second: what the kernels are measured by."""


cdef extern from "peak_loop.h" nogil:
    ctypedef struct peak_loop:
        const char* name
        Py_ssize_t loop_flops
        float (*run)(Py_ssize_t loops) noexcept nogil
    const peak_loop* peak_choose()


cdef const peak_loop* _loop = peak_choose()


def instructions() -> str:
    """The vector instructions of the loop: "AVX-512", "AVX2+FMA", "NEON" or "plain"."""
    return _loop.name.decode()


def multiply_add(Py_ssize_t loops) -> int:
    """Do nothing but float32 multiply-adds, without the GIL; return how many FLOPs they were."""
    with nogil:
        _loop.run(loops)
    return loops * _loop.loop_flops
