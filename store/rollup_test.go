package store

import (
	"context"
	"database/sql"
	"net/netip"
	"testing"
	"time"

	"bedrail"
	"bedrail/asset"
	"bedrail/traffic"
)

func TestOldConversationsBecomeDaysAndThenAnEdge(t *testing.T) {
	eachEngine(t, func(t *testing.T, db *DB) {
		ctx := context.Background()
		in := bedrail.Scope{Tenant: "t"}
		now := monday
		db.clock = func() time.Time { return now }
		by := bedrail.SystemActor("retention", "t")
		d := asset.Device{ID: "dev_1", Version: 1, MACs: []traffic.MAC{"00:03:b1:00:00:01"}, Addresses: []netip.Addr{netip.MustParseAddr("10.0.0.1")}}
		delta := asset.Delta{Devices: []asset.Kept{{Device: d}}, Site: "north", Sensor: "s"}
		for _, at := range []time.Duration{0, time.Minute, 90 * time.Minute, 25 * time.Hour} {
			delta.Conversations = append(delta.Conversations, traffic.Conversation{Site: "north", Minute: monday.Add(at), Client: netip.MustParseAddr("10.0.0.1"), ClientMAC: "00:03:b1:00:00:01",
				Server: netip.MustParseAddr("10.0.0.9"), ServerMAC: "00:03:b1:00:00:09", Transport: "tcp", Port: 104, Protocol: "dicom", Packets: 10, BytesUp: 100, BytesDown: 1})
		}
		for i := range 3 {
			delta.Coverage = &traffic.Coverage{From: monday.Add(time.Duration(i) * time.Minute), Until: monday.Add(time.Duration(i+1) * time.Minute), Packets: 7, Dropped: 1}
			if _, err := db.ApplyAssets(ctx, "t", delta, nil); err != nil {
				t.Fatal(err)
			}
			delta.Conversations, delta.Devices = nil, nil
		}
		count := func(table string) (n int) {
			t.Helper()
			err := db.view(ctx, func(tx *sql.Tx) error { return tx.QueryRowContext(ctx, `SELECT COUNT(*) FROM `+table).Scan(&n) })
			if err != nil {
				t.Fatal(err)
			}
			return n
		}
		for _, step := range []struct {
			days                  int
			hours, days2, edges   int
			minutes, coverageDays int
			packets               uint64
		}{
			{0, 3, 0, 0, 3, 0, 40},
			{29, 3, 0, 0, 3, 0, 40},
			{32, 0, 2, 1, 3, 0, 40},
			{398, 0, 0, 1, 0, 1, 0},
		} {
			now = monday.AddDate(0, 0, step.days)
			for range 2 { // the second time nothing is left to do
				if _, err := db.Sweep(ctx, in, DefaultRetention(), by); err != nil {
					t.Fatal(err)
				}
			}
			got := []int{count("conversation"), count("conversation_day"), count("conversation_edge"), count("coverage"), count("coverage_day")}
			want := []int{step.hours, step.days2, step.edges, step.minutes, step.coverageDays}
			for i := range want {
				if got[i] != want[i] {
					t.Errorf("after %d days the rows are %v, want %v", step.days, got, want)
					break
				}
			}
			talks, err := db.DeviceConversations(ctx, in, "dev_1", time.Time{})
			if err != nil {
				t.Fatal(err)
			}
			var packets uint64
			for _, talk := range talks {
				packets += talk.Packets
			}
			if packets != step.packets {
				t.Errorf("after %d days the device is said to have sent %d packets, want %d", step.days, packets, step.packets)
			}
			if c, sensors, err := db.CoverageSince(ctx, in, time.Time{}); err != nil || c.Packets != 21 || c.Dropped != 3 || sensors != 1 {
				t.Errorf("after %d days coverage is %+v of %d sensors, %v", step.days, c, sensors, err)
			}
		}
	})
}
