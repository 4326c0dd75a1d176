//go:build !windows

package store

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"testing"

	"tongchou/internal/enrol"
	"tongchou/internal/ledger"
	"tongchou/internal/pgtest"
)

// somebody is a made-up file.
func somebody(number string) []enrol.Fact {
	return []enrol.Fact{
		enrol.Known{Identity: enrol.Identity{Document: enrol.Document{Kind: enrol.Passport, Number: number}, Name: "甲", Sex: enrol.Male, Birth: "1990-01-01"}},
		enrol.Lives{On: "1990-01-01", Place: "510104001002"},
		enrol.Covered{Area: "510104", Way: enrol.Ordinary, Spell: enrol.Spell{From: "2026-01-01", To: "2026-12-31"}},
	}
}

func enlist(s *Store, number string) error {
	_, err := s.Persons().Change(context.Background(), act("510104", "x"), func(t *Tx, p People) error {
		source, err := t.Source("form")
		if err == nil {
			_, err = p.Add(source, somebody(number)...)
		}
		return err
	})
	return err
}

// Whatever beside the files is changed behind the program's back is found.
func TestVerifyPersons(t *testing.T) {
	t.Attr("clause", "SCE-4.1")
	pgtest.OnEngines(t, func(t *testing.T, address string) {
		s, err := Open(t.Context(), address, Options{PersonKey: filepath.Join(t.TempDir(), "k")})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		for _, number := range []string{"A", "B"} {
			if err := enlist(s, number); err != nil {
				t.Fatal(err)
			}
		}
		chart, err := ledger.Standard()
		if err != nil {
			t.Fatal(err)
		}
		check := func(want string) {
			t.Helper()
			report, err := s.Verify(t.Context(), chart)
			if want == "" && (err != nil || report.Persons != 2) || want != "" && key(err) != want {
				t.Errorf("%+v, %v, want %q", report, err, want)
			}
		}
		check("")
		intruder, err := connect(t.Context(), address, Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer intruder.Close()
		for _, c := range []struct{ spoil, mend, want string }{
			{"UPDATE persons SET county = 510105 WHERE person = 1", "UPDATE persons SET county = 510104 WHERE person = 1", "store.verify_person"},
			{"UPDATE persons SET born = 1991 WHERE person = 2", "UPDATE persons SET born = 1990 WHERE person = 2", "store.verify_person"},
			{"UPDATE persons SET person = 3 WHERE person = 2", "UPDATE persons SET person = 2 WHERE person = 3", "enrol.damaged"},
			{"UPDATE person_documents SET person = 3 - person", "UPDATE person_documents SET person = 3 - person", "store.verify_documents"},
			{"UPDATE person_names SET person = 5 WHERE person = 1", "UPDATE person_names SET person = 1 WHERE person = 5", "store.verify_names"},
			{"UPDATE person_counts SET n = n + 1 WHERE places = 9 AND head = 1", "UPDATE person_counts SET n = n - 1 WHERE places = 9 AND head = 1", "store.verify_counts"},
			{"DELETE FROM person_counties", "INSERT INTO person_counties (county) VALUES (510104)", "store.verify_county"},
		} {
			if _, err := intruder.writing.Exec(c.spoil); err != nil {
				t.Fatal(err)
			}
			check(c.want)
			if _, err := intruder.writing.Exec(c.mend); err != nil {
				t.Fatal(err)
			}
		}
		check("")
		older(t, s, intruder, check)
	})
}

// older puts a person's row back to the version it was before, with everything beside it as it is now, and back again.
func older(t *testing.T, s, intruder *Store, check func(want string)) {
	row := func() (version int64, sealed []byte) {
		t.Helper()
		if err := intruder.writing.QueryRow("SELECT version, sealed FROM persons WHERE person = 1").Scan(&version, &sealed); err != nil {
			t.Fatal(err)
		}
		return version, sealed
	}
	put := func(version int64, sealed []byte) {
		t.Helper()
		if _, err := intruder.writing.Exec("UPDATE persons SET version = $1, sealed = $2 WHERE person = 1", version, sealed); err != nil {
			t.Fatal(err)
		}
	}
	first, was := row()
	if _, err := s.Persons().Change(t.Context(), act("510104", "x"), func(tx *Tx, p People) error {
		source, err := tx.Source("form")
		if err == nil {
			_, err = p.Append(1, first, source, enrol.Used{Year: 2026, Reimbursed: 100})
		}
		if err == nil {
			_, err = p.Append(1, first+1, source, enrol.Reminded{On: "2026-01-02"})
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	check("")
	last, is := row()
	for _, version := range []int64{first, last} {
		put(version, was)
		check("store.verify_older")
	}
	put(last, is)
	check("")
	if _, err := intruder.writing.Exec("UPDATE person_slices SET marks = marks + 1"); err != nil {
		t.Fatal(err)
	}
	check("store.verify_row_changed")
	if _, err := intruder.writing.Exec("UPDATE person_slices SET marks = marks - 1"); err != nil {
		t.Fatal(err)
	}
	check("")
}

// Files are opened with the key they were sealed with, and a key that was lost is not replaced.
func TestPersonKey(t *testing.T) {
	t.Attr("clause", "YA-4.10.2")
	dir := t.TempDir()
	file := filepath.Join(dir, personKeyFile)
	s := open(t, dir)
	if err := enlist(s, "A"); err != nil {
		t.Fatal(err)
	}
	s.Close()
	info, err := os.Stat(file)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Fatal(info, err)
	}
	if err := os.Rename(file, file+".kept"); err != nil {
		t.Fatal(err)
	}
	s = open(t, dir)
	if err := enlist(s, "B"); key(err) != "store.no_person_key" {
		t.Errorf("without the key: %v", err)
	}
	if _, _, err := s.Persons().Read(t.Context(), act("510104", "x"), 1); key(err) != "store.no_person_key" {
		t.Errorf("read without the key: %v", err)
	}
	s.Close()
	if _, err := newSecretKey(file, personKeyWords); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(t.Context(), dir, Options{}); key(err) != "store.person_key_other" {
		t.Errorf("with another key: %v", err)
	}
	if err := os.Rename(file+".kept", file); err != nil {
		t.Fatal(err)
	}
	s = open(t, dir)
	if p, found, err := s.Persons().Read(t.Context(), act("510104", "x"), 1); err != nil || !found || p.Identity().Name != "甲" {
		t.Errorf("%+v, %v", p, err)
	}
	content, err := os.ReadFile(filepath.Join(dir, databaseFile))
	if err != nil || bytes.Contains(content, []byte("甲")) {
		t.Errorf("a name stands in the database file: %v", err)
	}
}
