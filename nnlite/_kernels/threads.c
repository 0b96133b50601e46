/* The pool: each thread has a share of every job, the same part of it each time, so that the weights
 * it works on stay in its own cache from one kernel to the next. A share is done in pieces that are
 * claimed one by one; who is done with his own helps the others.
 *
 * A worker that finds no job looks again for SPIN_NANOSECONDS and then sleeps: idle threads cost
 * nothing. The kernels of a replayed step follow each other within microseconds, those of a step on
 * the tape after some hundred of them in Python. Waking a worker that sleeps takes tens of
 * microseconds of both, one that looks about half of one.
 */
#include "threads.h"

#if defined(__unix__) || defined(__APPLE__)

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <time.h>

#define SPIN_NANOSECONDS 500000
#define SPINS 32 /* about a microsecond */

/* A worker for which the others wait so long, and half as long as they worked, has lost its core to
 * another program. Then sharing costs more than it brings, and the caller works alone for a while. */
#define LATE_NANOSECONDS 50000
#define ALONE_NANOSECONDS 20000000

#define CACHE_LINE 64

#if defined(__x86_64__) || defined(__i386__)
#define PAUSE() __builtin_ia32_pause()
#elif defined(__aarch64__)
#define PAUSE() __asm__ __volatile__("yield")
#else
#define PAUSE() ((void)0)
#endif

/* All operations on atomics are sequentially consistent, and two proofs lean on it:
 * - a worker enters `inside`, then looks whether the job is open; the caller closes the job, then
 *   waits until nobody is inside. So no worker sees a job that is over.
 * - a worker enters `asleep`, then looks for a new job; the caller publishes the job, then looks
 *   whether anybody is asleep. So no worker sleeps through a job. */
typedef struct {
    atomic_ptrdiff_t next; /* where the next piece begins that nobody has claimed */
    ptrdiff_t end;
    char apart[CACHE_LINE - 2 * sizeof(ptrdiff_t)]; /* a claim does not disturb other shares' */
} Share;

typedef struct {
    pthread_mutex_t busy;     /* held by the caller whose job runs, and to start or stop workers */
    pthread_mutex_t bed;      /* with `alarm`: where workers sleep */
    pthread_cond_t alarm;
    atomic_int threads;       /* as many are wanted, the caller's included */
    int started;              /* workers that run: at most threads - 1 */
    pthread_t workers[MOST_THREADS];
    atomic_uint jobs;         /* jobs so far; a change is what workers wait for */
    atomic_int open;          /* a job runs: what follows up to `shares` is valid */
    threads_task task;
    void *context;
    ptrdiff_t step;
    int sharers;              /* threads that have a share */
    Share shares[MOST_THREADS];
    long long alone_until;    /* in nanoseconds(): until then the caller works alone */
    atomic_int inside;        /* workers that may be looking at the job */
    atomic_int asleep;
    atomic_int stop;          /* workers are to end */
} Pool;

static Pool pool = {
    .busy = PTHREAD_MUTEX_INITIALIZER, .bed = PTHREAD_MUTEX_INITIALIZER,
    .alarm = PTHREAD_COND_INITIALIZER, .threads = 1,
};

static long long nanoseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000000000LL + now.tv_nsec;
}

/* Claim pieces of the open job and do them, thread `self`'s own first, until none is left. */
static void work(int self) {
    for (int turn = 0; turn < pool.sharers; turn++) {
        Share *share = &pool.shares[(self + turn) % pool.sharers];
        ptrdiff_t first;
        while ((first = atomic_fetch_add(&share->next, pool.step)) < share->end) {
            const ptrdiff_t rest = share->end - first;
            pool.task(pool.context, first, first + (rest < pool.step ? rest : pool.step));
        }
    }
}

/* Wait for another job than number `seen`: awake at first, then asleep. Returns its number. */
static unsigned wait_for_job(unsigned seen) {
    const long long tired = nanoseconds() + SPIN_NANOSECONDS;
    do {
        for (int i = 0; i < SPINS; i++) {
            if (atomic_load(&pool.jobs) != seen) return atomic_load(&pool.jobs);
            PAUSE();
        }
        sched_yield(); /* to whoever may want this core */
    } while (nanoseconds() < tired);
    pthread_mutex_lock(&pool.bed);
    atomic_fetch_add(&pool.asleep, 1);
    while (atomic_load(&pool.jobs) == seen) pthread_cond_wait(&pool.alarm, &pool.bed);
    atomic_fetch_sub(&pool.asleep, 1);
    pthread_mutex_unlock(&pool.bed);
    return atomic_load(&pool.jobs);
}

static void *worker(void *number) {
    const int self = (int)(ptrdiff_t)number;
    unsigned seen = atomic_load(&pool.jobs);
    while (!atomic_load(&pool.stop)) {
        atomic_fetch_add(&pool.inside, 1);
        if (atomic_load(&pool.open)) work(self);
        atomic_fetch_sub(&pool.inside, 1);
        seen = wait_for_job(seen);
    }
    return NULL;
}

/* Let every worker see that `jobs` has changed. */
static void call_workers(void) {
    atomic_fetch_add(&pool.jobs, 1);
    if (atomic_load(&pool.asleep) > 0) {
        pthread_mutex_lock(&pool.bed);
        pthread_cond_broadcast(&pool.alarm);
        pthread_mutex_unlock(&pool.bed);
    }
}

/* Start the workers that are missing. They take no signals: Ctrl-C is for Python's thread. */
static void start_workers(void) {
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    while (pool.started < atomic_load(&pool.threads) - 1) {
        void *number = (void *)(ptrdiff_t)(pool.started + 1); /* 0 is the caller */
        if (pthread_create(&pool.workers[pool.started], NULL, worker, number) != 0) {
            atomic_store(&pool.threads, pool.started + 1); /* the system gives no more */
            break;
        }
        pool.started++;
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

static void stop_workers(void) {
    atomic_store(&pool.stop, 1);
    call_workers();
    while (pool.started > 0) pthread_join(pool.workers[--pool.started], NULL);
    atomic_store(&pool.stop, 0);
}

/* Divide 0..size-1 into shares of whole pieces. */
static void divide(ptrdiff_t size, ptrdiff_t step, int sharers) {
    const ptrdiff_t pieces = (size + step - 1) / step;
    ptrdiff_t first = 0;
    for (int t = 0; t < sharers; t++) {
        const ptrdiff_t end = t + 1 == sharers ? size : pieces * (t + 1) / sharers * step;
        atomic_store(&pool.shares[t].next, first);
        pool.shares[t].end = first = end;
    }
    pool.sharers = sharers;
    pool.step = step;
}

/* Wait until no worker is inside the job, on which the caller has worked since `began`. */
static void wait_for_workers(long long began) {
    if (atomic_load(&pool.inside) == 0) return;
    const long long done = nanoseconds();
    for (unsigned waited = 1; atomic_load(&pool.inside) > 0; waited++) {
        PAUSE();
        if (waited % SPINS == 0) sched_yield(); /* a worker may be waiting for this very core */
    }
    const long long now = nanoseconds(), lost = now - done;
    if (lost > LATE_NANOSECONDS && 2 * lost > done - began)
        pool.alone_until = now + ALONE_NANOSECONDS;
}

void threads_run(threads_task task, void *context, ptrdiff_t size, ptrdiff_t step) {
    const int alone = size <= step || atomic_load(&pool.threads) < 2;
    if (alone || pthread_mutex_trylock(&pool.busy) != 0) {
        task(context, 0, size);
        return;
    }
    const long long began = nanoseconds();
    if (began < pool.alone_until) {
        task(context, 0, size);
    } else {
        if (pool.started < atomic_load(&pool.threads) - 1) start_workers();
        pool.task = task;
        pool.context = context;
        divide(size, step, pool.started + 1);
        atomic_store(&pool.open, 1);
        call_workers();
        work(0);
        atomic_store(&pool.open, 0);
        wait_for_workers(began);
    }
    pthread_mutex_unlock(&pool.busy);
}

int threads_size(void) { return atomic_load(&pool.threads); }

/* After fork() a child has its own thread alone, and the locks as they happened to stand. */
static void fresh_in_child(void) {
    const int threads = atomic_load(&pool.threads);
    pool = (Pool){
        .busy = PTHREAD_MUTEX_INITIALIZER, .bed = PTHREAD_MUTEX_INITIALIZER,
        .alarm = PTHREAD_COND_INITIALIZER, .threads = threads,
    };
}

static void watch_forks(void) { pthread_atfork(NULL, NULL, fresh_in_child); }

void threads_set_size(int size) {
    static pthread_once_t watched = PTHREAD_ONCE_INIT;
    pthread_once(&watched, watch_forks);
    pthread_mutex_lock(&pool.busy);
    stop_workers();
    atomic_store(&pool.threads, size);
    pthread_mutex_unlock(&pool.busy);
}

#else /* no pthreads: one thread */

void threads_run(threads_task task, void *context, ptrdiff_t size, ptrdiff_t step) {
    (void)step;
    task(context, 0, size);
}

int threads_size(void) { return 1; }

void threads_set_size(int size) { (void)size; }

#endif
