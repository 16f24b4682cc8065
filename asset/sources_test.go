package asset_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"bedrail/asset"
	"bedrail/traffic"
)

var taken = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// found is what a source says, one claim a line: "mac ip attribute=value".
func found(list []traffic.Observation) []string {
	var out []string
	for _, o := range list {
		who := string(o.MAC)
		if o.IP.IsValid() {
			who = strings.TrimSpace(who + " " + o.IP.String())
		}
		if len(o.Claims) == 0 {
			out = append(out, who+" "+o.Protocol)
		}
		for _, c := range o.Claims {
			out = append(out, who+" "+string(c.Attribute)+"="+c.Value)
		}
	}
	return out
}

// The logs are made up in the form of Zeek's manual.
func TestZeekLogsAreEvidence(t *testing.T) {
	for rule, c := range map[string]struct {
		name, log string
		want      []string
		talks     int
	}{
		"dhcp binds an address": {"dhcp.log", `{"ts":1763899200,"mac":"00:03:b1:00:00:41","assigned_addr":"10.20.0.130","host_name":"PLUMA-0041","lease_time":3600}`,
			[]string{"00:03:b1:00:00:41 10.20.0.130 hostname=PLUMA-0041"}, 0},
		"conn is a conversation, and presence on this site only": {"conn.12:00:00-13:00:00.log", `{"ts":1763899200,"id.orig_h":"10.20.0.130","id.resp_h":"8.8.8.8","id.resp_p":443,"proto":"tcp","service":"ssl","orig_bytes":10,"resp_bytes":20,"orig_pkts":1,"resp_pkts":2}`,
			[]string{"10.20.0.130 flow"}, 1},
		"ssl tells what is asked for, and who is old": {"ssl.log", `{"ts":1763899200,"id.orig_h":"10.20.0.130","id.resp_h":"10.20.0.11","server_name":"Gate.Example","version":"TLSv10"}`,
			[]string{"10.20.0.130 peer=gate.example", "10.20.0.11 posture=old-tls"}, 0},
		"snmp describes who answers": {"snmp.log", `{"ts":1763899200,"id.resp_h":"10.20.0.45","display_string":"Spectrum IQ","community":"public","get_responses":3}`,
			[]string{"10.20.0.45 banner=Spectrum IQ", "10.20.0.45 posture=snmp-public"}, 0},
		"known services": {"known_services.log", `{"ts":1763899200,"host":"10.20.0.11","port_num":104,"port_proto":"tcp","service":["DICOM"]}`,
			[]string{"10.20.0.11 service=dicom tcp 104"}, 0},
		"http names programs": {"http.log", `{"ts":1763899200,"id.orig_h":"10.20.0.130","host":"gate.example","user_agent":"PumpOS/2"}`,
			[]string{"10.20.0.130 banner=PumpOS/2", "10.20.0.130 peer=gate.example"}, 0},
		"known masters and slaves of Modbus": {"known_modbus.log", `{"ts":1763899200,"host":"10.20.0.11","device_type":"Known::MODBUS_SLAVE"}`,
			[]string{"10.20.0.11 modbus"}, 0},
		"a log that we do not know says nothing": {"weird.log", `{"ts":1763899200,"id.orig_h":"10.20.0.130"}`, nil, 0},
	} {
		t.Run(rule, func(t *testing.T) {
			var got []traffic.Observation
			talks := 0
			err := asset.ReadZeek(c.name, strings.NewReader(c.log), func(o traffic.Observation) { got = append(got, o) }, func(traffic.Conversation) { talks++ })
			if err != nil || !slices.Equal(found(got), c.want) || talks != c.talks {
				t.Errorf("got %q, %d conversations, %v; want %q, %d", found(got), talks, err, c.want, c.talks)
			}
		})
	}
}

func TestACertificateFindsItsServerInTheLogBefore(t *testing.T) {
	var got []traffic.Observation
	z := asset.ZeekReader{Emit: func(o traffic.Observation) { got = append(got, o) }}
	for name, log := range map[string]string{"ssl.log": `{"ts":1763899200,"id.orig_h":"8.8.8.8","id.resp_h":"10.20.0.11","cert_chain_fps":["ab"]}`} {
		if err := z.Read(name, strings.NewReader(log)); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Read("x509.log", strings.NewReader(`{"ts":1763899200,"fingerprint":"ab","certificate.subject":"CN=pacs","certificate.not_valid_after":1700000000}`)); err != nil {
		t.Fatal(err)
	}
	if want := []string{"10.20.0.11 tls", "10.20.0.11 certificate=CN=pacs", "10.20.0.11 posture=expired-certificate"}; !slices.Equal(found(got), want) {
		t.Errorf("got %q, want %q", found(got), want)
	}
}

func TestSwitchTablesSayWhereADeviceIsPluggedIn(t *testing.T) {
	uplink := ""
	for i := range 9 {
		uplink += " 20    0003.b100.010" + string(rune('0'+i)) + "    DYNAMIC     Gi1/0/48\n"
	}
	for rule, c := range map[string]struct {
		name, table string
		want        []string
		used        int
	}{
		"as Cisco prints it": {"icu.txt", "sw-icu-1#show mac address-table\nVlan    Mac Address       Type        Ports\n 20    0003.b100.0041    DYNAMIC     Gi1/0/7\n",
			[]string{"00:03:b1:00:00:41 attachment=sw-icu-1 Gi1/0/7"}, 1},
		"as CSV":                           {"sw2.csv", "vlan,mac,port\n20,00:03:b1:00:00:41,ge-0/0/7\n", []string{"00:03:b1:00:00:41 attachment=sw2 ge-0/0/7"}, 1},
		"an ARP table binds addresses":     {"arp.txt", "Protocol  Address          Age (min)  Hardware Addr   Type   Interface\nInternet  10.20.0.130   3   0003.b100.0041  ARPA   Vlan20\n", []string{"00:03:b1:00:00:41 10.20.0.130 arp"}, 1},
		"a port to another switch is none": {"sw3.txt", uplink, nil, 9},
	} {
		t.Run(rule, func(t *testing.T) {
			var got []traffic.Observation
			used, err := asset.ReadSwitchTable(c.name, strings.NewReader(c.table), taken, func(o traffic.Observation) {
				if len(o.Claims) > 0 || o.Protocol == "arp" {
					got = append(got, o)
				}
			})
			if err != nil || used != c.used || !slices.Equal(found(got), c.want) {
				t.Errorf("got %q, %d lines, %v; want %q, %d", found(got), used, err, c.want, c.used)
			}
		})
	}
	if _, err := asset.ReadSwitchTable("x", strings.NewReader("nothing here\n"), taken, func(traffic.Observation) {}); err == nil {
		t.Error("a file without a table was read without a word")
	}
}

func TestWirelessClientsSayWhereTheyAre(t *testing.T) {
	var got []traffic.Observation
	used, problems, err := asset.ReadWireless("wlc.csv", strings.NewReader("Client MAC,IP Address,AP Name,User Name,Hostname,Device Type\n00:03:b1:00:00:41,10.20.0.130,AP-ICU-3,eva.muster,PLUMA-0041,Unknown\nx,,AP-1,,,\n"), taken,
		func(o traffic.Observation) { got = append(got, o) })
	want := []string{"00:03:b1:00:00:41 10.20.0.130 attachment=AP-ICU-3", "00:03:b1:00:00:41 10.20.0.130 hostname=PLUMA-0041"}
	if err != nil || used != 1 || len(problems) != 1 || !slices.Equal(found(got), want) {
		t.Errorf("got %q, %d used, %v, %v; want %q", found(got), used, problems, err, want)
	}
	if _, _, err := asset.ReadWireless("wlc.csv", strings.NewReader("a,b\n1,2\n"), taken, func(traffic.Observation) {}); err == nil {
		t.Error("a list without headings was read without a word")
	}
}

func FuzzSources(f *testing.F) {
	f.Add("sw#show mac\n 20 0003.b100.0041 DYNAMIC Gi1/0/7\n")
	f.Add("mac,ap\n00:03:b1:00:00:41,AP\n")
	f.Add(`{"ts":1,"_path":"dhcp","mac":"00:03:b1:00:00:41","assigned_addr":"10.0.0.1"}`)
	f.Fuzz(func(t *testing.T, text string) {
		check := func(o traffic.Observation) {
			if o.MAC == "" && !o.IP.IsValid() {
				t.Errorf("of nobody: %+v", o)
			}
		}
		asset.ReadSwitchTable("x", strings.NewReader(text), taken, check)
		asset.ReadWireless("x", strings.NewReader(text), taken, check)
		asset.ReadZeek("conn.log", strings.NewReader(text), check, func(traffic.Conversation) {})
	})
}
