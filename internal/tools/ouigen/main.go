// Command ouigen packs the IEEE registries of hardware address prefixes into
// the table that package asset embeds.
//
//	go run ./internal/tools/ouigen -o asset/data/oui.bin ieee-oui.csv.gz ieee-mam.csv.gz ieee-oui36.csv.gz
//
// The layout is that of asset/oui.go: for each length of prefix a sorted run
// of fixed-width records, then the names, each once.
package main

import (
	"compress/gzip"
	"encoding/binary"
	"encoding/csv"
	"encoding/hex"
	"flag"
	"fmt"
	"io"
	"log"
	"os"
	"slices"
	"strings"
)

func main() {
	out := flag.String("o", "asset/data/oui.bin", "file to write")
	flag.Parse()
	runs := map[int]map[string]string{6: {}, 7: {}, 9: {}} // by digits of the prefix
	for _, path := range flag.Args() {
		if err := read(path, runs); err != nil {
			log.Fatalf("%s: %v", path, err)
		}
	}
	if err := os.WriteFile(*out, pack(runs), 0o644); err != nil {
		log.Fatal(err)
	}
}

func read(path string, runs map[int]map[string]string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		return err
	}
	rows := csv.NewReader(z)
	if _, err := rows.Read(); err != nil { // the headings
		return err
	}
	for {
		row, err := rows.Read()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		run, ok := runs[len(row[1])]
		if !ok {
			return fmt.Errorf("prefix %q has an odd length", row[1])
		}
		name := strings.Join(strings.Fields(row[2]), " ")
		if name == "" || name == "Private" || name == "IEEE Registration Authority" {
			continue // names nobody
		}
		// A few prefixes were assigned twice; the first name in order of
		// letters stands, so that the table does not depend on the file's order.
		if had, ok := run[row[1]]; !ok || name < had {
			run[row[1]] = name
		}
	}
}

func pack(runs map[int]map[string]string) []byte {
	offsets := map[string]int{}
	var names []byte
	var all []string
	for _, run := range runs {
		for _, name := range run {
			all = append(all, name)
		}
	}
	slices.Sort(all)
	for _, name := range slices.Compact(all) {
		offsets[name] = len(names)
		name = name[:min(len(name), 255)]
		names = append(append(names, byte(len(name))), name...)
	}
	var head, body []byte
	for _, digits := range []int{6, 7, 9} {
		run := runs[digits]
		prefixes := make([]string, 0, len(run))
		for p := range run {
			prefixes = append(prefixes, p)
		}
		slices.Sort(prefixes)
		head = binary.BigEndian.AppendUint32(head, uint32(len(prefixes)))
		for _, p := range prefixes {
			raw, err := hex.DecodeString(p + strings.Repeat("0", digits%2))
			if err != nil {
				log.Fatalf("prefix %q: %v", p, err)
			}
			at := offsets[run[p]]
			body = append(append(body, raw...), byte(at>>16), byte(at>>8), byte(at))
		}
	}
	return append(append(head, body...), names...)
}
