"""What the compiled kernels know of an array, and the door that fills it in (compiled_door.pyx)."""

from libc.stdint cimport int64_t, uint8_t

cdef enum:
    MOST_ARRAYS = 8  # the largest number of arrays that any kernel takes
    MOST_AXES = 2    # and the largest number of axes
    MOST_SETTINGS = 8  # and of numbers, such as a learning rate

#: An array that has passed a door; all is zero for an optional array that is None.
cdef struct Array:
    char* data
    float* f32     # `data` again, three times: use the one that is the array's type
    double* f64
    int64_t* i64
    char letter    # its type: f float32, d float64, q int64, B uint8, or 0 for any other
    Py_ssize_t itemsize
    Py_ssize_t size                # of all axes together
    Py_ssize_t[MOST_AXES] shape    # an axis that the array lacks is 1 long
    Py_ssize_t[MOST_AXES] strides  # in bytes

#: What a specification says of one argument.
cdef struct Slot:
    int axes
    int[MOST_AXES] group           # axes of one letter are one group; -1 where the length is fixed
    Py_ssize_t[MOST_AXES] length   # that fixed length
    char letter                    # q or d; 0 for the call's float type; * for any
    bint optional, read, written

#: A kernel and what it works on, ready to be run any number of times.
cdef struct Call:
    void (*run)(Call* call) noexcept nogil
    bint single                            # the floating arrays are float32, otherwise float64
    Array[MOST_ARRAYS] a
    const double* settings[MOST_SETTINGS]  # read at each run, so that they may change in between
    int choice                             # which of a kernel's variants: its activation, its rule
    int count                              # of the arrays

ctypedef void (*Run)(Call* call) noexcept nogil
ctypedef int (*Check)(Call* call) except -1

cdef class Door:
    cdef readonly str kernel
    cdef readonly tuple names
    cdef tuple axes  # each argument's, as the specification letters them
    cdef readonly int count
    cdef Slot[MOST_ARRAYS] slots
    cdef Run run
    cdef Check check
    cdef str choice
    cdef dict choices
    cdef int rule  # of a kernel without choices, that shares its `run` with others
    cdef readonly tuple parameters  # of the kernel, in order: arrays, settings, choice
    cdef int call(self, tuple arrays, tuple settings=*, object choice=*) except -1
    cdef int prepare(self, tuple arrays, object choice, Call* call) except -1
    cdef bint enter(self, tuple arrays, Array* views) except -1
    cdef int look(self, int i, object array, Array* view) except -1
    cdef int check_shape(self, int i, object array, Array* view, Py_ssize_t* lengths) except -1
    cdef int check_type(self, int i, object array, Array* view, char* shared) except -1
    cdef int check_overlap(self, Array* views) except -1

cdef Door door(
    object twin, Run run, Check check=*, tuple any_type=*, str choice=*, dict choices=*
)
