package lab

import (
	"context"
	"fmt"
	"time"
)

// Until tries until it succeeds. When the context ends first, the error says
// for what it waited, how long, and what the last try said.
func Until(ctx context.Context, what string, try func(context.Context) error) error {
	start := time.Now()
	for {
		err := once(ctx, try)
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("waited %.0f s for %s: %w", time.Since(start).Seconds(), what, err)
		// Often enough to measure by, seldom enough to leave an emulated
		// machine its time.
		case <-time.After(2 * time.Second):
		}
	}
}

// once is one try. It has an end of its own: a packet that is lost while a
// machine makes its network leaves a connection that waits for a quarter of an
// hour.
func once(ctx context.Context, try func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Minute)
	defer cancel()
	return try(ctx)
}
