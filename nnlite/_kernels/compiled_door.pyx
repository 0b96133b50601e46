"""The door of the compiled kernels: the checks of `door.py`, and those that raw pointers need.

A `Door` reads the specification that stands above the numpy twin, so which axes agree is written
once. Beyond that a compiled kernel takes arrays of its own types only and never casts: the
floating arrays of a call share float32 or float64, labels, indices and the states of seeds are
int64, a metric's state and thresholds float64. Arrays are C-contiguous, aligned and in the
machine's byte order; an array that is written lies apart from every other one or, where the kernel
works in place, is the very array that is read.

Passing a door costs about a tenth of a microsecond an array.
"""

from cpython.buffer cimport PyBUF_RECORDS_RO, PyBuffer_Release, PyObject_GetBuffer
from libc.string cimport memset

from numpy import ndarray

from ..signatures import parameters_of
from .door import parse

#: The types of arrays by their names in the specifications; the others are of the call's float type.
_LETTERS = {
    "indices": c"q",
    "kept": c"q",
    "labels": c"q",
    "seed_state": c"q",
    "state": c"d",
    "thresholds": c"d",
}
_DTYPES = {c"f": "float32", c"d": "float64", c"q": "int64", c"B": "uint8"}


#: All doors by the names of their kernels.
DOORS: dict[str, Door] = {}


cdef Door door(
    object twin, Run run, Check check=NULL, tuple any_type=(), str choice=None, dict choices=None
):
    """Make the door of the compiled twin of `twin`.

    `run` does the work, after `check` has looked at what the specification cannot say. `choice`
    names the parameter that picks a variant, and `choices` gives each variant's number.
    """
    cdef Door made = Door(twin, any_type)
    made.run, made.check, made.choice, made.choices = run, check, choice, choices
    DOORS[made.kernel] = made
    return made


cdef class Door:
    """The check of one kernel's arrays: `Door(reference.relu_vjp)`.

    The arrays named in `any_type` may have any of the four types and, if only read, any strides.
    """

    def __init__(self, twin, any_type=()):
        reads, writes = (
            {argument.name: argument for argument in parse(side)}
            for side in twin.specification.split("->")
        )
        arguments = writes | reads
        groups = {}
        self.kernel = twin.__name__
        self.parameters = parameters_of(twin).names
        self.names = tuple(reads | writes)
        self.axes = tuple(arguments[name].axes for name in self.names)
        self.count = len(self.names)
        if self.count > MOST_ARRAYS:
            raise ValueError(f"{self.kernel}: a door takes at most {MOST_ARRAYS} arrays")
        cdef Slot* slot
        for i, name in enumerate(self.names):
            slot = &self.slots[i]
            slot.axes = len(self.axes[i])
            slot.letter = c"*" if name in any_type else _LETTERS.get(name, 0)
            slot.optional = arguments[name].optional
            slot.read = name in reads
            slot.written = name in writes
            for axis, length in enumerate(self.axes[i]):
                fixed = length.isdigit()
                slot.group[axis] = -1 if fixed else groups.setdefault(length, len(groups))
                slot.length[axis] = int(length) if fixed else -1

    cdef int call(self, tuple arrays, tuple settings=(), object choice=None) except -1:
        """Check `arrays`, in the order of the specification, and run the kernel on them."""
        cdef Call call
        cdef double[MOST_SETTINGS] numbers
        self.prepare(arrays, choice, &call)
        for i, number in enumerate(settings):
            numbers[i] = number
            call.settings[i] = &numbers[i]
        with nogil:
            call.run(&call)
        return 0

    cdef int prepare(self, tuple arrays, object choice, Call* call) except -1:
        """Check everything but the settings, and fill in `call`."""
        call.run, call.count, call.choice = self.run, self.count, self.rule
        call.single = self.enter(arrays, call.a)
        if self.choices is not None:
            if not isinstance(choice, str) or choice not in self.choices:
                raise ValueError(
                    f"{self.kernel}: {self.choice} must be one of {', '.join(self.choices)}, "
                    f"not {choice!r}"
                )
            call.choice = self.choices[choice]
        if self.check != NULL:
            self.check(call)
        return 0

    cdef bint enter(self, tuple arrays, Array* views) except -1:
        """Check `arrays`, in the order of the specification, and describe them in `views`.

        Returns whether the floating arrays are float32; otherwise they are float64.
        """
        cdef Py_ssize_t[MOST_ARRAYS * MOST_AXES] lengths
        cdef char shared = 0
        cdef int i
        for i in range(MOST_ARRAYS * MOST_AXES):
            lengths[i] = -1
        for i in range(self.count):
            memset(&views[i], 0, sizeof(Array))
            if arrays[i] is None and self.slots[i].optional:
                continue
            self.look(i, arrays[i], &views[i])
            self.check_shape(i, arrays[i], &views[i], lengths)
            self.check_type(i, arrays[i], &views[i], &shared)
        self.check_overlap(views)
        return shared == c"f"

    cdef int look(self, int i, object array, Array* view) except -1:
        """Learn from Python's buffer protocol where the array lies."""
        cdef Py_buffer buffer
        cdef int axis
        if not isinstance(array, ndarray):
            raise TypeError(
                f"{self.kernel}: {self.names[i]} must be a numpy array, not {type(array).__name__}"
            )
        if array.ndim != self.slots[i].axes:
            raise ValueError(
                f"{self.kernel}: {self.names[i]} must have the axes [{', '.join(self.axes[i])}], "
                f"got the shape {array.shape}"
            )
        try:
            PyObject_GetBuffer(array, &buffer, PyBUF_RECORDS_RO)
        except (BufferError, ValueError):
            self.refuse_type(i, array, 0)
        view.data = <char*> buffer.buf
        view.f32, view.f64, view.i64 = <float*> view.data, <double*> view.data, <int64_t*> view.data
        view.letter = type_letter(&buffer)
        view.itemsize = buffer.itemsize
        view.size = 1
        for axis in range(MOST_AXES):
            view.shape[axis] = buffer.shape[axis] if axis < buffer.ndim else 1
            view.strides[axis] = buffer.strides[axis] if axis < buffer.ndim else buffer.itemsize
            view.size *= view.shape[axis]
        writeable = not buffer.readonly
        PyBuffer_Release(&buffer)
        if self.slots[i].written and not writeable:
            raise ValueError(f"{self.kernel}: {self.names[i]} must be writeable")
        return 0

    cdef int check_shape(
        self, int i, object array, Array* view, Py_ssize_t* lengths
    ) except -1:
        """Check the array's axes against the specification and against the arrays before it."""
        cdef Slot* slot = &self.slots[i]
        cdef Py_ssize_t* expected
        cdef int axis
        for axis in range(slot.axes):
            expected = &slot.length[axis] if slot.group[axis] < 0 else &lengths[slot.group[axis]]
            if expected[0] < 0:
                expected[0] = view.shape[axis]
            if view.shape[axis] != expected[0]:
                raise ValueError(
                    f"{self.kernel}: axis {self.axes[i][axis]} of {self.names[i]} must be "
                    f"{expected[0]}, got the shape {array.shape}"
                )
        return 0

    cdef int check_type(self, int i, object array, Array* view, char* shared) except -1:
        """Check the array's type and layout; the first floating array sets the type for all."""
        cdef char letter = self.slots[i].letter
        if letter == 0:
            if shared[0] == 0 and (view.letter == c"f" or view.letter == c"d"):
                shared[0] = view.letter
            letter = shared[0]
        if view.letter == 0 or (view.letter != letter and letter != c"*"):
            self.refuse_type(i, array, letter)
        if not is_aligned(view):
            raise ValueError(f"{self.kernel}: {self.names[i]} must be aligned in memory")
        if (letter != c"*" or self.slots[i].written) and not is_contiguous(view):
            raise ValueError(f"{self.kernel}: {self.names[i]} must be C-contiguous")
        return 0

    cdef int check_overlap(self, Array* views) except -1:
        """Check that what is written lies apart from the rest, or is an array read in place."""
        cdef int i, j
        cdef bint in_place
        for i in range(self.count):
            for j in range(self.count):
                if i == j or not self.slots[i].written or not share_memory(&views[i], &views[j]):
                    continue
                in_place = self.slots[i].read and not self.slots[j].written
                if not in_place or views[i].data != views[j].data:
                    raise ValueError(
                        f"{self.kernel}: {self.names[i]} shares memory with {self.names[j]}"
                    )
        return 0

    def refuse_type(self, i, array, letter):
        """Raise the TypeError for an array that is not of the type `letter`."""
        allowed = _DTYPES.get(letter) or (
            ", ".join(_DTYPES.values()) if letter == c"*" else "float32 or float64"
        )
        raise TypeError(f"{self.kernel}: {self.names[i]} must be {allowed}, got {array.dtype}")


cdef inline char type_letter(const Py_buffer* buffer) noexcept:
    """The type's letter in the words of `Array`; 0 for a type that no kernel takes."""
    cdef char letter = buffer.format[0]
    if letter == 0 or buffer.format[1] != 0:
        return 0
    if letter == c"f" or letter == c"d" or letter == c"B":
        return letter
    return c"q" if (letter == c"l" or letter == c"q") and buffer.itemsize == 8 else 0


cdef inline bint is_aligned(const Array* view) noexcept:
    cdef size_t joined = <size_t> view.data | <size_t> view.strides[0] | <size_t> view.strides[1]
    return view.size == 0 or joined & <size_t> (view.itemsize - 1) == 0


cdef inline bint is_contiguous(const Array* view) noexcept:
    if view.size == 0:
        return True
    if view.shape[1] != 1 and view.strides[1] != view.itemsize:
        return False
    return view.shape[0] == 1 or view.strides[0] == view.shape[1] * view.itemsize


cdef inline bint share_memory(const Array* a, const Array* b) noexcept:
    """Whether the bytes from an array's first to its last overlap those of the other."""
    if a.size == 0 or b.size == 0:
        return False
    return lowest(a) < highest(b) and lowest(b) < highest(a)


cdef inline const char* lowest(const Array* view) noexcept:
    """The address of the first byte (the strides of an array that is only read may be negative)."""
    cdef const char* address = view.data
    cdef int axis
    for axis in range(MOST_AXES):
        if view.strides[axis] < 0:
            address += (view.shape[axis] - 1) * view.strides[axis]
    return address


cdef inline const char* highest(const Array* view) noexcept:
    """The address after the last byte."""
    cdef const char* address = view.data + view.itemsize
    cdef int axis
    for axis in range(MOST_AXES):
        if view.strides[axis] > 0:
            address += (view.shape[axis] - 1) * view.strides[axis]
    return address
