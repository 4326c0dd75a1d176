package lake

import (
	"context"
	"time"
)

// waitLock waits for the lock file.
func waitLock(ctx context.Context, path string) (unlock func(), err error) {
	for {
		unlock, free, err := tryLock(path)
		if free || err != nil {
			return unlock, err
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(50 * time.Millisecond):
		}
	}
}
