"""The replay: recorded kernel calls, run for many batches at a stretch without Python.

A plan holds no mathematics: its calls are those of the step that was recorded, as `lowering.py` has
arranged them. Some of their arrays move: the rows' indices, the outputs of a prediction, the
step's number, a scheduled learning rate. They are windows on longer arrays, and go on by their own
length with each step.
"""

from cpython.buffer cimport (
    PyBUF_STRIDED_RO, PyBuffer_IsContiguous, PyBuffer_Release, PyObject_GetBuffer,
)
from cpython.mem cimport PyMem_Calloc, PyMem_Free
from libc.math cimport isfinite
from libc.stdint cimport int64_t

from numpy import empty, ndarray

from .compiled_door cimport MOST_ARRAYS, MOST_SETTINGS, Array, Call, Door
from .compiled_door import DOORS

# The compiled kernels have entered their doors into DOORS when the package was imported.


cdef extern from "clock.h" nogil:
    int64_t nanoseconds()


#: A place in a call that points into a window: an array of the call, or one of its settings.
cdef struct Pointer:
    Py_ssize_t call
    int array            # -1 where it is a setting
    int setting
    int window
    Py_ssize_t offset    # from the window's first byte


cdef class Plan:
    """One step: recorded calls, ready to be run.

    Parameters
    ----------
    calls : list of (kernel's name, its arguments)
        In order. A setting may be a number, or a float64 array without axes that is read at each
        step.
    windows : list of arrays
        The arrays that move, as they were when the step was recorded.
    counter : int64 array without axes, optional
        Grows by 1 with each step that is done.
    guard : float64 array, optional
        Its first number is looked at after each step; where it is not finite, no more are run.

    Raises
    ------
    ValueError, TypeError
        Where a call does not pass the kernel's door.
    """

    cdef Call* calls
    cdef Py_ssize_t count
    cdef double* numbers          # the settings that are plain numbers
    cdef Pointer* pointers
    cdef Py_ssize_t pointer_count
    cdef int64_t* counter         # of the steps that are done; NULL if nobody counts them
    cdef double* guard            # NULL if nobody looks
    cdef list windows
    cdef tuple types              # the windows' dtypes
    cdef Py_ssize_t* sizes        # of the windows, in bytes
    cdef const char** starts      # where the arrays begin that they move over
    cdef list kept                # every array that a call points into

    def __cinit__(self, list calls, list windows, counter=None, guard=None):
        self.count = len(calls)
        self.calls = <Call*> PyMem_Calloc(max(1, self.count), sizeof(Call))
        self.numbers = <double*> PyMem_Calloc(max(1, self.count * MOST_SETTINGS), sizeof(double))
        self.pointers = <Pointer*> PyMem_Calloc(
            max(1, self.count * (MOST_ARRAYS + MOST_SETTINGS)), sizeof(Pointer)
        )
        self.sizes = <Py_ssize_t*> PyMem_Calloc(max(1, len(windows)), sizeof(Py_ssize_t))
        self.starts = <const char**> PyMem_Calloc(max(1, len(windows)), sizeof(char*))
        if (
            self.calls == NULL or self.numbers == NULL or self.pointers == NULL
            or self.sizes == NULL or self.starts == NULL
        ):
            raise MemoryError("no memory for the plan of a training step")

    def __init__(self, list calls, list windows, counter=None, guard=None):
        self.windows = windows
        self.types = tuple([window.dtype for window in windows])
        for i, window in enumerate(windows):
            self.sizes[i] = window.nbytes
        self.kept = [counter, guard]
        self.counter = NULL if counter is None else <int64_t*> address(counter)
        self.guard = NULL if guard is None else <double*> address(guard)
        for place, (kernel, arguments) in enumerate(calls):
            self.lower(place, DOORS[kernel], arguments)

    def __dealloc__(self):
        PyMem_Free(self.calls)
        PyMem_Free(self.numbers)
        PyMem_Free(self.pointers)
        PyMem_Free(self.sizes)
        PyMem_Free(self.starts)

    cdef int lower(self, Py_ssize_t place, Door door, tuple arguments) except -1:
        """Fill in one call."""
        cdef Call* call = &self.calls[place]
        cdef int i, setting = 0
        given = dict(zip(door.parameters, arguments))
        arrays = tuple([given.pop(name) for name in door.names])
        door.prepare(arrays, given.pop(door.choice, None), call)
        self.kept.append(arrays)
        for i in range(len(arrays)):
            if call.a[i].data != NULL:
                self.point(place, i, -1, <const char*> call.a[i].data)
        for value in given.values():
            if isinstance(value, ndarray):
                call.settings[setting] = <const double*> address(value)
                self.kept.append(value)
                self.point(place, -1, setting, <const char*> call.settings[setting])
            else:
                self.numbers[place * MOST_SETTINGS + setting] = value
                call.settings[setting] = &self.numbers[place * MOST_SETTINGS + setting]
            setting += 1
        return 0

    cdef int point(self, Py_ssize_t place, int array, int setting, const char* data) except -1:
        """Remember it where `data` lies in a window."""
        cdef const char* start
        for window, values in enumerate(self.windows):
            start = address(values)
            if start <= data < start + <Py_ssize_t> values.nbytes:
                self.pointers[self.pointer_count] = Pointer(
                    place, array, setting, window, data - start
                )
                self.pointer_count += 1
        return 0

    def run(self, Py_ssize_t steps, *arrays):
        """Run all calls in order, `steps` times.

        Parameters
        ----------
        steps : int
        arrays : for each window the array that it moves over, C-contiguous, of its dtype, and at
            least `steps` times as long

        Returns
        -------
        int
            How many steps were done; fewer than `steps` only where the guard said so.

        Raises
        ------
        ValueError
            Where such an array does not fit its window.
        """
        return self.go(steps, arrays, NULL)

    def run_timed(self, Py_ssize_t steps, *arrays):
        """Do as `run`, and return when each call began and ended.

        Returns
        -------
        (steps that were done, calls + 1) int64 array
            Nanoseconds, as `time.perf_counter_ns` counts them: when the step's first call began,
            and when each of its calls ended, which is when the next one began.
        """
        readings = empty((steps, self.count + 1), "int64")
        return readings[: self.go(steps, arrays, <int64_t*> address(readings))]

    cdef Py_ssize_t go(self, Py_ssize_t steps, tuple arrays, int64_t* readings) except -1:
        """Run all calls in order, `steps` times; note the time where `readings` is not NULL."""
        cdef Py_ssize_t step, i, done = 0
        if len(arrays) != len(self.windows):
            raise ValueError(f"the plan has {len(self.windows)} windows, got {len(arrays)} arrays")
        for i in range(len(arrays)):
            self.spread(i, arrays[i], steps)
        with nogil:
            for step in range(steps):
                for i in range(self.pointer_count):
                    self.aim(&self.pointers[i], step)
                if readings != NULL:
                    readings[0] = nanoseconds()
                for i in range(self.count):
                    self.calls[i].run(&self.calls[i])
                    if readings != NULL:
                        readings[i + 1] = nanoseconds()
                if readings != NULL:
                    readings += self.count + 1
                if self.counter != NULL:
                    self.counter[0] += 1  # here, so that Ctrl-C cannot come in between
                done = step + 1
                if self.guard != NULL and not isfinite(self.guard[0]):
                    break
        return done

    cdef int spread(self, Py_ssize_t i, object array, Py_ssize_t steps) except -1:
        """Check the array that window `i` moves over, and note where it lies."""
        cdef Py_buffer buffer
        cdef bint fits
        dtype = array.dtype
        PyObject_GetBuffer(array, &buffer, PyBUF_STRIDED_RO)
        fits = PyBuffer_IsContiguous(&buffer, c"C") and buffer.len >= steps * self.sizes[i]
        self.starts[i] = <const char*> buffer.buf
        PyBuffer_Release(&buffer)
        if not fits or not (dtype is self.types[i] or dtype == self.types[i]):
            raise ValueError(
                f"window {i} holds {self.windows[i].size} {self.types[i]} a step; the array for "
                f"{steps} steps has {array.size} {dtype}"
            )
        return 0

    cdef void aim(self, const Pointer* p, Py_ssize_t step) noexcept nogil:
        """Let one pointer point to where its window stands at `step`."""
        cdef char* data = <char*> self.starts[p.window] + step * self.sizes[p.window] + p.offset
        cdef Array* array
        if p.array < 0:
            self.calls[p.call].settings[p.setting] = <const double*> data
            return
        array = &self.calls[p.call].a[p.array]
        array.data = data
        array.f32, array.f64, array.i64 = <float*> data, <double*> data, <int64_t*> data


cdef const char* address(array) except NULL:
    """Where an array's first element lies."""
    cdef const char* start
    cdef Py_buffer buffer  # array.ctypes.data says the same and takes a microsecond
    PyObject_GetBuffer(array, &buffer, PyBUF_STRIDED_RO)
    start = <const char*> buffer.buf
    PyBuffer_Release(&buffer)
    return start
