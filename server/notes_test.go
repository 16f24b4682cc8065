package server_test

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"bedrail"
	"bedrail/server"
)

// waitFor asks until an answer holds text.
func waitFor(t *testing.T, b *browser, path, holds string) string {
	t.Helper()
	var text string
	for range 150 {
		if _, text = b.ask("GET", path, nil); strings.Contains(text, holds) {
			return text
		}
		time.Sleep(100 * time.Millisecond)
	}
	t.Fatalf("GET %s never held %q; last it was %s", path, holds, text)
	return ""
}

const zeekConn = "#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n#path\tconn\n#open\t%s\n" +
	"#fields\tts\tid.orig_h\tid.resp_h\tid.resp_p\tproto\tservice\torig_bytes\tresp_bytes\torig_pkts\tresp_pkts\n"

func zeekLine(n int) string {
	return fmt.Sprintf("%d.5\t10.20.0.130\t10.20.0.11\t2575\ttcp\t-\t100\t10\t1\t1\n", time.Now().Add(-time.Hour).Unix()+int64(n))
}

// What is written to a followed log counts once: through a line that is half
// written, a restart, and the turning of the log.
func TestALogOfZeekIsFollowedAndEachLineCountsOnce(t *testing.T) {
	t.Parallel()
	data, logs := t.TempDir(), t.TempDir()
	path := filepath.Join(logs, "conn.log")
	write := func(flag int, text string) {
		t.Helper()
		f, err := os.OpenFile(path, flag|os.O_WRONLY|os.O_CREATE, 0o600)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		if _, err := f.WriteString(text); err != nil {
			t.Fatal(err)
		}
	}
	ask := func(b *browser) string {
		_, text := b.ask("GET", "/devices?filter=ip:10.20.0.130", nil)
		var list struct{ Items []struct{ ID string } }
		if json.Unmarshal([]byte(text), &list) != nil || len(list.Items) != 1 {
			return "/devices/none"
		}
		return "/devices/" + list.Items[0].ID + "/conversations"
	}
	set := func(c *server.Config) { c.ZeekFolders = []string{logs} }
	dhcp := fmt.Sprintf(`{"ts":%d,"mac":"00:d0:75:1c:00:02","assigned_addr":"10.20.0.130","lease_time":360000}`+"\n", time.Now().Add(-2*time.Hour).Unix())
	if err := os.WriteFile(filepath.Join(logs, "dhcp.log"), []byte(dhcp), 0o600); err != nil {
		t.Fatal(err)
	}
	whole := zeekLine(2)
	write(os.O_APPEND, fmt.Sprintf(zeekConn, "one")+zeekLine(1)+whole[:20])
	t.Run("before", func(t *testing.T) {
		h := startHouse(t, data, set)
		b := h.person("eva", bedrail.Grant{Role: "clinical-engineer"})
		waitFor(t, b, "/devices?filter=ip:10.20.0.130", "00:d0:75:1c:00:02")
		waitFor(t, b, ask(b), `"bytesUp":100,`)
		write(os.O_APPEND, whole[20:])
		waitFor(t, b, ask(b), `"bytesUp":200,`)
	})
	write(os.O_APPEND, zeekLine(3))
	t.Run("after", func(t *testing.T) {
		h := startHouse(t, data, set)
		b := h.person("eva2", bedrail.Grant{Role: "clinical-engineer"})
		waitFor(t, b, ask(b), `"bytesUp":300,`)
		write(os.O_APPEND, zeekLine(4)) // and the log is turned at once
		if err := os.Rename(path, filepath.Join(logs, "conn.old")); err != nil {
			t.Fatal(err)
		}
		write(os.O_APPEND, fmt.Sprintf(zeekConn, "two")+zeekLine(5))
		waitFor(t, b, ask(b), `"bytesUp":500,`)
	})
}

func TestFlowReportsAndLeasesAreInputs(t *testing.T) {
	t.Parallel()
	leases := filepath.Join(t.TempDir(), "leases.csv")
	if err := os.WriteFile(leases, []byte("1893456000 00:d0:75:1c:00:02 10.20.0.130 ALARIS-0002 *\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	h := startHouse(t, t.TempDir(), func(c *server.Config) {
		c.FlowListen, c.LeaseFiles = "127.0.0.1:0", []string{leases}
		c.FlowFrom = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
	})
	b := h.person("eva", bedrail.Grant{Role: "clinical-engineer"})
	waitFor(t, b, "/devices?filter=mac:00:d0:75:1c:00:02", "ALARIS-0002")
	conn, err := net.Dial("udp", h.FlowAddr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := conn.Write(netflow5(time.Now())); err != nil {
		t.Fatal(err)
	}
	waitFor(t, b, "/devices?filter=protocol:flow", "10.20.0.130")
}

// netflow5 is a report of one flow, made up after Cisco's paper.
func netflow5(now time.Time) []byte {
	var out bytes.Buffer
	for _, v := range []any{uint16(5), uint16(1), uint32(1000), uint32(now.Unix()), uint32(0), uint32(1), uint32(0),
		[4]byte{10, 20, 0, 130}, [4]byte{10, 20, 0, 11}, uint32(0), uint32(0), uint32(10), uint32(1000), uint32(0), uint32(0),
		uint16(40000), uint16(2575), uint8(0), uint8(0), uint8(6), uint8(0), [8]byte{}} {
		binary.Write(&out, binary.BigEndian, v)
	}
	return out.Bytes()
}
