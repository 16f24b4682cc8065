package server

import (
	"context"
	"crypto/fips140"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"bedrail"
	"bedrail/audit"
	"bedrail/format/hl7"
	"bedrail/format/hl7/pcd"
	"bedrail/format/query"
	"bedrail/seal"
	"bedrail/traffic"
)

// SelfTest tries out, in a scratch folder and without a network, what
// everything rests on: cryptography, sealing, the store, the audit record, the
// reading of packets and of messages. It is for the day on which a program was
// installed or replaced, and touches none of its data.
func SelfTest(ctx context.Context, clock bedrail.Clock) []Diagnosis {
	folder, err := os.MkdirTemp("", "bedrail-selftest-*")
	if err != nil {
		return []Diagnosis{bad("scratch", "make room in the folder for temporary files, or set TMPDIR", "there is no scratch folder: %v", err)}
	}
	defer os.RemoveAll(folder)
	out := []Diagnosis{ok("program", "%s, %s on %s/%s", Version().Version, runtime.Version(), runtime.GOOS, runtime.GOARCH), tryCryptography()}
	for _, one := range []struct {
		name string
		run  func(ctx context.Context, folder string, clock bedrail.Clock) (string, error)
	}{{"sealing", trySealing}, {"store", tryStore}, {"packets", tryPackets}, {"messages", tryMessages}} {
		said, err := one.run(ctx, folder, clock)
		if err != nil {
			out = append(out, bad(one.name, "do not use this program for care; compare it with SHA256SUMS and tell its makers", "%v", err))
			continue
		}
		out = append(out, ok(one.name, "%s", said))
	}
	return out
}

func tryCryptography() Diagnosis {
	if fips140.Enabled() {
		return ok("crypto", "FIPS 140-3 mode is on, module %s", fips140.Version())
	}
	return ok("crypto", "FIPS 140-3 mode is off; GODEBUG=fips140=on turns it on")
}

func trySealing(_ context.Context, folder string, clock bedrail.Clock) (string, error) {
	root, err := seal.MakeFile(filepath.Join(folder, "key"))
	if err != nil {
		return "", err
	}
	ring, err := seal.Open(filepath.Join(folder, "ring"), root, clock)
	if err != nil {
		return "", err
	}
	key, wrapped, err := ring.NewKey("t", "record")
	if err != nil {
		return "", err
	}
	sealed := key.Seal("table", "column", []byte("plain"))
	again, err := ring.OpenKey("t", "record", wrapped)
	if err != nil {
		return "", err
	}
	if plain, err := again.Open("table", "column", sealed); err != nil || string(plain) != "plain" {
		return "", fmt.Errorf("what was sealed opens as %q: %w", plain, err)
	}
	sealed[len(sealed)-1] ^= 1
	if _, err := again.Open("table", "column", sealed); err == nil {
		return "", errors.New("a sealed field that was altered still opens")
	}
	return "what is sealed opens, and not when it was altered", nil
}

func tryStore(ctx context.Context, folder string, clock bedrail.Clock) (string, error) {
	c := Config{Data: filepath.Join(folder, "data"), Keys: filepath.Join(folder, "keys"), Tenant: "selftest"}
	if err := os.MkdirAll(c.Data, 0o700); err != nil {
		return "", err
	}
	s, err := open(ctx, c, Options{Clock: clock, beside: true})
	if err != nil {
		return "", err
	}
	defer s.Close()
	by := bedrail.SystemActor("selftest", c.Tenant)
	for range 3 {
		if err := s.DB.Record(ctx, by.Scope, audit.Entry{By: by, Did: "selftest:act"}); err != nil {
			return "", err
		}
	}
	report, err := s.API.Audit.Verify(ctx, by, nil, nil)
	if err != nil {
		return "", err
	}
	if !report.Valid || report.Entries < 3 {
		return "", fmt.Errorf("the audit record of three acts does not verify: %d entries, %v", report.Entries, report.Problems)
	}
	page, err := s.Assets.Devices(ctx, by, query.Request{Limit: 1})
	if err != nil || page.Total != 0 {
		return "", fmt.Errorf("an empty store lists %d devices: %w", page.Total, err)
	}
	return "a store is made, written, and its audit record verifies", nil
}

// offer is a DHCP request of a made-up pump, as Ethernet: a frame that says
// its host name.
func offer() []byte {
	frame := []byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02, 0x00, 0x5e, 0x10, 0x00, 0x01, 0x08, 0x00}
	options := append([]byte{0x63, 0x82, 0x53, 0x63, 53, 1, 3, 12, 11}, "pump-selfte"...)
	options = append(options, 0xff)
	bootp := make([]byte, 236)
	copy(bootp, []byte{1, 1, 6, 0, 1, 2, 3, 4})
	copy(bootp[28:], []byte{0x02, 0x00, 0x5e, 0x10, 0x00, 0x01})
	payload := append(bootp, options...)
	udp := append([]byte{0, 68, 0, 67, byte((8 + len(payload)) >> 8), byte(8 + len(payload)), 0, 0}, payload...)
	total := 20 + len(udp)
	ip := []byte{0x45, 0, byte(total >> 8), byte(total), 0, 1, 0, 0, 64, 17, 0, 0, 0, 0, 0, 0, 255, 255, 255, 255}
	return append(append(frame, ip...), udp...)
}

func tryPackets(_ context.Context, _ string, clock bedrail.Clock) (string, error) {
	seen := 0
	e := traffic.NewEngine(traffic.Options{Observe: func(o traffic.Observation) {
		if strings.Contains(fmt.Sprint(o), "pump-selfte") {
			seen++
		}
	}})
	data := offer()
	e.Begin("selftest")
	e.Frame(&traffic.Frame{Data: data, Length: len(data), Nanos: clock.Now().UnixNano(), Link: traffic.LinkEthernet})
	e.End()
	if seen == 0 {
		return "", errors.New("a device that says its name over DHCP is not noticed")
	}
	return "a device that says its name is noticed", nil
}

// sample is a message of a made-up pump that measures a flow in degrees.
const sample = `MSH|^~\&|PUMP^0200005E100001^EUI-64|ICU|BEDRAIL|HOSP|20260301101500+0000||ORU^R01^ORU_R01|1|P|2.6|||AL|NE||UNICODE UTF-8|||IHE_PCD_ORU_R01^IHE PCD^1.3.6.1.4.1.19376.1.6.1.1.1^ISO
PID|||1^^^HOSP^MR||Test^Test^^^^^L
OBR|1|1^PUMP|1^PUMP|182777000^monitoring of patient^SCT|||20260301101500+0000
OBX|1||69985^MDC_DEV_PUMP_INFUS_MDS^MDC|1.0.0.0|||||||X
OBX|2|NM|157784^MDC_FLOW_FLUID_PUMP^MDC|1.1.1.1|10|268192^MDC_DIM_DEGC^MDC|||||R
`

func tryMessages(_ context.Context, _ string, clock bedrail.Clock) (string, error) {
	v, err := pcd.NewValidator()
	if err != nil {
		return "", err
	}
	m, err := hl7.Parse([]byte(strings.ReplaceAll(sample, "\n", "\r")))
	if err != nil {
		return "", err
	}
	for _, issue := range v.Validate(m, "ihe-pcd-01", clock.Now(), nil) {
		if strings.Contains(issue.Text, "MDC_DIM_DEGC") || strings.Contains(issue.Location, "OBX[2]") {
			return "a flow that is measured in degrees is found to be wrong", nil
		}
	}
	return "", errors.New("a flow that is measured in degrees passes for right")
}
