package traffic_test

import (
	"errors"
	"io"
	"os"
	"testing"

	"bedrail/capture"
	"bedrail/traffic"
)

// The lab's pumps report flows, its monitor heart rates, and its scanners
// store images (see the README of the data).
func TestTheLabIsAtWork(t *testing.T) {
	const path = "../../shared/testdata/traffic/lab/hospital-lab.pcap"
	src, err := capture.Open(path)
	if err != nil {
		if _, missing := os.Stat(path); missing != nil {
			t.Skip("the shared captures are not here: that pumps infuse and scanners store is not shown")
		}
		t.Fatal(err)
	}
	defer src.Close()
	uses := map[traffic.Use]map[traffic.MAC]bool{}
	e := traffic.NewEngine(traffic.Options{Observe: func(o traffic.Observation) {
		if o.Use != "" {
			if uses[o.Use] == nil {
				uses[o.Use] = map[traffic.MAC]bool{}
			}
			uses[o.Use][o.MAC] = true
		}
	}})
	e.Begin("lab")
	var f traffic.Frame
	for {
		if err := src.Next(&f); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		e.Frame(&f)
	}
	e.End()
	if !uses[traffic.Infusing]["00:03:b1:00:00:41"] || !uses[traffic.Monitoring]["00:09:5c:00:00:43"] || len(uses[traffic.Study]) < 3 {
		t.Errorf("got %v", uses)
	}
}
