package oneshot_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"bedrail/asset"
	"bedrail/server/oneshot"
)

const shared = "../../../shared/testdata/traffic/"

// need skips the test, and says so, when a capture of the shared data is not
// there.
func need(t testing.TB, name string) string {
	t.Helper()
	path := filepath.Join(shared, name)
	if _, err := os.Stat(path); err != nil {
		t.Skipf("NOT RUN: needs ../shared/testdata/traffic/%s, not there", name)
	}
	return path
}

func truths(t testing.TB, name string) []asset.Truth {
	t.Helper()
	f, err := os.Open(need(t, name))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	list, err := asset.ReadTruth(f)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func TestLab(t *testing.T) {
	d, err := oneshot.Discover(context.Background(), nil, []string{need(t, "lab/hospital-lab.pcap")})
	if err != nil {
		t.Fatal(err)
	}
	var here []asset.Truth
	for _, tr := range truths(t, "lab/ground-truth.tsv") {
		if tr.Capture == "hospital-lab.pcap" {
			here = append(here, tr)
		}
	}
	e := asset.Evaluate(d.Devices, here, nil)
	for _, dev := range d.Devices {
		t.Logf("%v %v behind=%s class=%s/%s maker=%s/%s model=%s/%s sn=%s/%s sw=%s/%s os=%s roles=%v proto=%v host=%v loc=%v conflicts=%d", dev.MACs, dev.Addresses, dev.Behind, dev.Class.Value, dev.Class.Status, dev.Manufacturer.Value, dev.Manufacturer.Status, dev.Model.Value, dev.Model.Status, dev.SerialNumber.Value, dev.SerialNumber.Status, dev.SoftwareVersion.Value, dev.SoftwareVersion.Status, dev.OperatingSystem.Value, dev.Roles, dev.Protocols, dev.Hostnames, dev.Location, len(dev.Conflicts))
	}
	t.Logf("%+v", e)
}
