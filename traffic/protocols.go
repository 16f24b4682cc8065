package traffic

// Protocols returns every dissector, in the order in which a stream is shown
// to them: the sure signatures first. A new protocol is its own file, its
// test, and a line here.
func Protocols() []Dissector {
	return []Dissector{
		arp(), ndp(), dhcp(), dhcp6(), dns(), mdns(), llmnr(), sdc(), tls(), rtsp(), http(),
		snmp(), mqtt(), ssdp(), nbns(), nbdgm(), lldp(), cdp(), ssh(), smb(), quic(), kerberos(), rdp(), syslog(), ntp(), coap(), modbus(), enip(), telnet(),
		intellivue(), medibus(), unity(),
		astmLink(), poct1a(), bacnet(), sip(),
		DICOM(),
		hl7v2(),
	}
}
