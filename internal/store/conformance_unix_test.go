//go:build !windows

package store_test

import (
	"testing"

	"tongchou/internal/pgtest"
	"tongchou/internal/store/storetest"
)

func TestConformance(t *testing.T) { pgtest.OnEngines(t, storetest.Run) }
