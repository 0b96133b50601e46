"""What the compiled kernels know of an array, and the door that fills it in (compiled_door.pyx)."""

from libc.stdint cimport int64_t, uint8_t

cdef enum:
    MOST_ARRAYS = 5  # the largest number of arrays that any kernel takes
    MOST_AXES = 2    # and the largest number of axes

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

cdef class Door:
    cdef readonly str kernel
    cdef readonly tuple names
    cdef tuple axes  # each argument's, as the specification letters them
    cdef int count
    cdef Slot[MOST_ARRAYS] slots
    cdef bint enter(self, tuple arrays, Array* views) except -1
    cdef int look(self, int i, object array, Array* view) except -1
    cdef int check_shape(self, int i, object array, Array* view, Py_ssize_t* lengths) except -1
    cdef int check_type(self, int i, object array, Array* view, char* shared) except -1
    cdef int check_overlap(self, Array* views) except -1
