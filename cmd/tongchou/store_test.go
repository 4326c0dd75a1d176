package main

import (
	"context"
	"os"
	"testing"

	"tongchou/internal/ledger"
	"tongchou/internal/pool"
	"tongchou/internal/store"
	"tongchou/internal/store/storetest"
)

// makeStore is a program for scripts: it makes a store with a book of two synthetic vouchers in the directory it is given.
func makeStore() {
	t := &testing.B{}
	s, err := store.Open(context.Background(), os.Args[1], store.Options{})
	if err != nil {
		panic(err)
	}
	defer s.Close()
	book := storetest.OpenBook(t, s, pool.Resident, "510100")
	chart := storetest.Chart(t)
	if _, err := (ledger.Service{Chart: chart, Store: s.Books(storetest.Act("510100"), chart)}).Post(context.Background(),
		[]ledger.Voucher{storetest.Voucher(book, "a", 100), storetest.Voucher(book, "b", 250)}); err != nil {
		panic(err)
	}
}
