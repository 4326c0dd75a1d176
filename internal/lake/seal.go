package lake

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/binary"
	"encoding/hex"
	"io"
	"slices"

	"github.com/emmansun/gmsm/sm3"
	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"

	"tongchou/internal/fault"
)

// SealKeyBytes is how long a key is that files are sealed with.
const SealKeyBytes = 32

// What a Parquet file begins and ends with.
const (
	plainMagic  = "PAR1"
	sealedMagic = "PARE"
)

// keyName is what the engine knows the key by.
const keyName = "claims"

// newSealing gives the cipher of a key: AES-256-GCM, as Parquet's modular encryption has it.
func newSealing(key []byte) (cipher.AEAD, error) {
	if len(key) != SealKeyBytes {
		return nil, fault.New(fault.Refused, "lake.seal_key.length", "want", SealKeyBytes, "got", len(key))
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}

// keyID tells keys apart and gives none away.
func keyID(key []byte) string {
	sum := sm3.Sum(append([]byte("tongchou claims key\n"), key...))
	return hex.EncodeToString(sum[:8])
}

// mayRead refuses what is sealed with a key that is not at hand.
func (l *Lake) mayRead(sealed string) error {
	switch {
	case sealed == "" || sealed == l.keyID:
		return nil
	case l.keyID == "":
		return fault.New(fault.Refused, "lake.seal_key.missing", "key", sealed)
	}
	return fault.New(fault.Refused, "lake.seal_key.other", "key", sealed, "got", l.keyID)
}

// sealer turns a plain Parquet file, written to it piece by piece, into one with every page, every page's header and the
// footer encrypted (Parquet modular encryption, AES_GCM_V1, one key). Plain bytes are held until their page is whole, and go
// nowhere else.
//
// The modules carry no additional authenticated data: DuckDB 1.5 checks it wrongly where it filters a column while reading it.
// That a module was not put in another's place is the manifest's digest to tell.
type sealer struct {
	out   io.Writer
	aead  cipher.AEAD
	plain bytes.Buffer    // not yet sealed
	read  int64           // plain bytes sealed
	at    int64           // bytes written
	pages map[int64]int64 // where pages began, and where they begin now
	wrote bool
}

func newSealer(out io.Writer, aead cipher.AEAD) *sealer {
	return &sealer{out: out, aead: aead, pages: map[int64]int64{}}
}

func (s *sealer) Write(b []byte) (int, error) { return s.plain.Write(b) }

// seal seals the pages written so far. A whole row group must have been.
func (s *sealer) seal() error {
	if !s.wrote {
		if string(s.plain.Next(len(plainMagic))) != plainMagic {
			return fault.New(fault.Internal, "lake.seal")
		}
		s.read, s.wrote = int64(len(plainMagic)), true
		if err := s.write([]byte(sealedMagic)); err != nil {
			return err
		}
	}
	for s.plain.Len() > 0 {
		if err := s.page(); err != nil {
			return err
		}
	}
	return nil
}

// page seals the next page.
func (s *sealer) page() error {
	var header format.PageHeader
	protocol := thrift.CompactProtocol{}
	reader := protocol.NewReaderFromBytes(s.plain.Bytes())
	if err := thrift.NewDecoder(reader).Decode(&header); err != nil {
		return fault.Wrap(err, "lake.seal")
	}
	length := reader.BytesRead()
	if length+int(header.CompressedPageSize) > s.plain.Len() {
		return fault.New(fault.Internal, "lake.seal")
	}
	s.pages[s.read] = s.at
	for _, n := range []int{length, int(header.CompressedPageSize)} {
		if err := s.module(s.plain.Next(n)); err != nil {
			return err
		}
		s.read += int64(n)
	}
	return nil
}

// module writes an encrypted module: its length, a nonce used once, the ciphertext and its tag.
func (s *sealer) module(plain []byte) error {
	return s.write(appendModule(nil, s.aead, plain, nil))
}

func appendModule(b []byte, aead cipher.AEAD, plain, beside []byte) []byte {
	b = binary.LittleEndian.AppendUint32(b, uint32(aead.NonceSize()+len(plain)+aead.Overhead()))
	nonce := make([]byte, aead.NonceSize())
	rand.Read(nonce) // never fails
	return aead.Seal(append(b, nonce...), nonce, plain, beside)
}

func (s *sealer) write(b []byte) error {
	n, err := s.out.Write(b)
	s.at += int64(n)
	return err
}

// close seals the footer. What is left of the plain file are its indexes, which the engine does not need, and its footer.
func (s *sealer) close() error {
	tail := s.plain.Bytes()
	if len(tail) < 8 || string(tail[len(tail)-4:]) != plainMagic {
		return fault.New(fault.Internal, "lake.seal")
	}
	length := int(binary.LittleEndian.Uint32(tail[len(tail)-8:]))
	if length > len(tail)-8 {
		return fault.New(fault.Internal, "lake.seal")
	}
	var meta format.FileMetaData
	protocol := &thrift.CompactProtocol{}
	if err := thrift.Unmarshal(protocol, tail[len(tail)-8-length:len(tail)-8], &meta); err != nil {
		return fault.Wrap(err, "lake.seal")
	}
	if err := s.move(&meta); err != nil {
		return err
	}
	footer, err := thrift.Marshal(protocol, &meta)
	if err != nil {
		return fault.Wrap(err, "lake.seal")
	}
	crypto, err := thrift.Marshal(protocol, &format.FileCryptoMetaData{EncryptionAlgorithm: algorithm()})
	if err != nil {
		return fault.Wrap(err, "lake.seal")
	}
	end := appendModule(crypto, s.aead, footer, nil)
	return s.write(append(binary.LittleEndian.AppendUint32(end, uint32(len(end))), sealedMagic...))
}

func algorithm() format.EncryptionAlgorithm {
	return format.EncryptionAlgorithm{Value: &format.AesGcmV1{}}
}

// move puts the places of the sealed pages into the footer.
func (s *sealer) move(meta *format.FileMetaData) error {
	ends := s.chunkEnds(meta)
	for g := range meta.RowGroups {
		group := &meta.RowGroups[g]
		group.TotalCompressedSize = 0
		for i := range group.Columns {
			chunk := &group.Columns[i]
			first := firstPage(chunk)
			begin, ok := s.pages[first]
			data, okData := s.pages[chunk.MetaData.DataPageOffset]
			if !ok || !okData {
				return fault.New(fault.Internal, "lake.seal")
			}
			if chunk.MetaData.DictionaryPageOffset > 0 {
				chunk.MetaData.DictionaryPageOffset = begin
			}
			chunk.MetaData.DataPageOffset, chunk.FileOffset = data, begin
			chunk.MetaData.TotalCompressedSize = ends[first] - begin
			chunk.ColumnIndexOffset, chunk.ColumnIndexLength, chunk.OffsetIndexOffset, chunk.OffsetIndexLength = 0, 0, 0, 0
			chunk.CryptoMetadata = format.ColumnCryptoMetaData{Value: &format.EncryptionWithFooterKey{}}
			group.TotalCompressedSize += chunk.MetaData.TotalCompressedSize
			if i == 0 {
				group.FileOffset = begin
			}
		}
	}
	return nil
}

func firstPage(chunk *format.ColumnChunk) int64 {
	if d := chunk.MetaData.DictionaryPageOffset; d > 0 {
		return d
	}
	return chunk.MetaData.DataPageOffset
}

// chunkEnds gives, for where each column chunk began, where its sealed pages end.
func (s *sealer) chunkEnds(meta *format.FileMetaData) map[int64]int64 {
	var starts []int64
	for _, group := range meta.RowGroups {
		for _, chunk := range group.Columns {
			starts = append(starts, firstPage(&chunk))
		}
	}
	slices.Sort(starts)
	ends := map[int64]int64{}
	for i, start := range starts {
		ends[start] = s.at
		if i+1 < len(starts) {
			ends[start] = s.pages[starts[i+1]]
		}
	}
	return ends
}
