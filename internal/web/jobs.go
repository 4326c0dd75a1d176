package web

import (
	"context"
	"crypto/rand"
	"errors"
	"slices"
	"sync"
	"time"

	"tongchou/internal/fault"
	"tongchou/internal/lake"
)

// Bounds on what runs in the background: how many at once, and how many that have ended are remembered.
const (
	jobsAtOnce = 2
	jobsKept   = 64
)

// job (后台任务) is something long that runs once, whoever waits for it. Its key is what it works on and what is asked; two
// readers who ask the same of the same data share it, and it goes on when they leave.
type job struct {
	id, key string
	title   fault.Message
	ctx     context.Context
	cancel  context.CancelFunc
	done    chan struct{}

	mu    sync.Mutex
	stand standing
	value any
	err   error
}

// standing is how far a job is. Part of Parts says how far its phase is, where that can be told; Import is set by imports.
type standing struct {
	Phase          fault.Message
	Part, Parts    int64
	Import         *lake.Progress
	Began          time.Time
	Ended          time.Time // zero while it runs
	Failed, Broken bool      // ended with an error; ended because somebody cancelled it
}

// jobs are those that run and those that ended last.
type jobs struct {
	ctx   context.Context
	stop  context.CancelFunc
	now   func() time.Time
	slots chan struct{}
	all   sync.WaitGroup

	mu   sync.Mutex
	kept []*job // oldest first
}

func newJobs(now func() time.Time) *jobs {
	ctx, stop := context.WithCancel(context.Background())
	return &jobs{ctx: ctx, stop: stop, now: now, slots: make(chan struct{}, jobsAtOnce)}
}

// close cancels all jobs and waits until they have ended.
func (j *jobs) close() {
	j.stop()
	j.all.Wait()
}

// start gives the job of a key, and starts it when there is none. What is to be done after it is done even when it was cancelled
// before its turn came.
func (j *jobs) start(key string, title fault.Message, do func(context.Context, *job) (any, error), after ...func()) *job {
	j.mu.Lock()
	defer j.mu.Unlock()
	if i := slices.IndexFunc(j.kept, func(b *job) bool { return b.key == key }); i >= 0 {
		return j.kept[i]
	}
	b := &job{id: rand.Text(), key: key, title: title, done: make(chan struct{}), stand: standing{Phase: fault.Msg("web.job.queued"), Began: j.now()}}
	b.ctx, b.cancel = context.WithCancel(j.ctx)
	j.kept = append(j.kept, b)
	j.forgetOld()
	j.all.Go(func() { j.run(b, do, after) })
	return b
}

// run does the job when its turn has come.
func (j *jobs) run(b *job, do func(context.Context, *job) (any, error), after []func()) {
	defer close(b.done)
	defer b.cancel()
	for _, f := range after {
		defer f()
	}
	var value any
	var err error
	select {
	case j.slots <- struct{}{}:
		value, err = guarded(b, do)
		<-j.slots
	case <-b.ctx.Done():
		err = b.ctx.Err()
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.value, b.err = value, err
	b.stand.Ended, b.stand.Failed = j.now(), err != nil
	b.stand.Broken = err != nil && b.ctx.Err() != nil && errors.Is(err, context.Canceled)
}

// guarded turns a panic into an error: nobody stands behind a job to catch it.
func guarded(b *job, do func(context.Context, *job) (any, error)) (value any, err error) {
	defer func() {
		if reason := recover(); reason != nil {
			value, err = nil, fault.New(fault.Internal, "web.error.inside", "reason", reason)
		}
	}()
	return do(b.ctx, b)
}

// find gives the job with an id, or with a key.
func (j *jobs) find(match func(*job) bool) (*job, bool) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if i := slices.IndexFunc(j.kept, match); i >= 0 {
		return j.kept[i], true
	}
	return nil, false
}

func byID(id string) func(*job) bool   { return func(b *job) bool { return b.id == id } }
func byKey(key string) func(*job) bool { return func(b *job) bool { return b.key == key } }

// forget drops a job that has ended, so that it is done anew when it is asked for again.
func (j *jobs) forget(b *job) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if b.over() {
		j.kept = slices.DeleteFunc(j.kept, func(other *job) bool { return other == b })
	}
}

// forgetOld drops the oldest that have ended when there are too many.
func (j *jobs) forgetOld() {
	for len(j.kept) > jobsKept {
		i := slices.IndexFunc(j.kept, (*job).over)
		if i < 0 {
			return
		}
		j.kept = slices.Delete(j.kept, i, i+1)
	}
}

// over tells whether a job has ended.
func (b *job) over() bool {
	select {
	case <-b.done:
		return true
	default:
		return false
	}
}

// wait waits for a job, but not long, and tells whether it has ended.
func (b *job) wait(ctx context.Context, long time.Duration) bool {
	timer := time.NewTimer(long)
	defer timer.Stop()
	select {
	case <-b.done:
	case <-timer.C:
	case <-ctx.Done():
	}
	return b.over()
}

// outcome gives what a job that has ended came to.
func (b *job) outcome() (any, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.value, b.err
}

// standing gives how far a job is.
func (b *job) standing() standing {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.stand
}

// say notes the phase a job has come to.
func (b *job) say(phase fault.Message, part, parts int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.stand.Phase, b.stand.Part, b.stand.Parts = phase, part, parts
}

// tell notes how far an import is.
func (b *job) tell(p lake.Progress) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.stand.Import = &p
}
