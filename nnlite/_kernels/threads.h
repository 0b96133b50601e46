/* One pool of threads for the process. A kernel hands it a range of rows, columns or elements, in
 * pieces that write apart from each other. No sum is ever split between pieces, so a result's bits
 * do not depend on the number of threads. */
#ifndef NNLITE_THREADS_H
#define NNLITE_THREADS_H

#include <stddef.h>

/* More are never started. */
#define MOST_THREADS 256

/* Does what is between `first` and `end` (which is not part of it); `context` is the job's. */
typedef void (*threads_task)(void *context, ptrdiff_t first, ptrdiff_t end);

/* Do 0..size-1 in pieces of `step` (at least 1), the last one shorter, and return when all is done.
 * The caller works too. It works alone if there is one piece only, or if the pool is busy with
 * another caller's job (or with one that this is a piece of). */
void threads_run(threads_task task, void *context, ptrdiff_t size, ptrdiff_t step);

/* How many threads share a job, the caller's among them: 1 until it is set. */
int threads_size(void);

/* Set it to 1..MOST_THREADS, once no job runs. Threads start with the next job that needs them;
 * without pthreads the size stays 1. */
void threads_set_size(int size);

#endif
