package lake

import (
	"crypto/cipher"
	"io"
)

type sealer struct{}

func newSealer(io.Writer, cipher.AEAD) *sealer { return nil }
func (s *sealer) Write(b []byte) (int, error)  { return 0, nil }
func (s *sealer) close() error                 { return nil }
