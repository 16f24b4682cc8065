package asset

import (
	_ "embed"
	"encoding/binary"
	"encoding/hex"
	"slices"
	"sort"
	"strings"

	"bedrail/traffic"
)

// prefixes is the table that internal/tools/ouigen packs from the IEEE
// registries of 2022-08-27: three counts, then for prefixes of 24, 28 and 36
// bits a sorted run of records (prefix in whole bytes, three bytes of offset
// into the names), then the names, each after its length.
//
//go:embed data/oui.bin
var prefixes string

const prefixHead = 12

// PrefixHolder returns the organisation to which the IEEE assigned the
// longest prefix of m, or "" when none is known or m was made up by software.
func PrefixHolder(m traffic.MAC) string {
	raw, err := hex.DecodeString(strings.ReplaceAll(string(m), ":", ""))
	if err != nil || len(raw) != 6 || localMAC(m) {
		return ""
	}
	runs := [3]struct{ bits, width, start, count int }{{bits: 24, width: 3}, {bits: 28, width: 4}, {bits: 36, width: 5}}
	at := prefixHead
	for i := range runs {
		runs[i].count = int(binary.BigEndian.Uint32([]byte(prefixes[i*4 : i*4+4])))
		runs[i].start = at
		at += runs[i].count * (runs[i].width + 3)
	}
	for i := len(runs) - 1; i >= 0; i-- {
		r := runs[i]
		key := [6]byte(raw)
		if r.bits%8 != 0 {
			key[r.width-1] &= 0xF0
		}
		if name, ok := searchRun(prefixes[r.start:r.start+r.count*(r.width+3)], string(key[:r.width]), at); ok {
			return name
		}
	}
	return ""
}

func searchRun(run, key string, names int) (string, bool) {
	size := len(key) + 3
	n := len(run) / size
	i := sort.Search(n, func(i int) bool { return run[i*size:i*size+len(key)] >= key })
	if i == n || run[i*size:i*size+len(key)] != key {
		return "", false
	}
	o := run[i*size+len(key):]
	at := names + int(o[0])<<16 + int(o[1])<<8 + int(o[2])
	return prefixes[at+1 : at+1+int(prefixes[at])], true
}

// moduleMakers are holders of prefixes who sell network modules or virtual
// network cards to those who build devices: their name says nothing about the
// device. They are compared with the plain form of the holder's name.
func moduleMaker(holder string) bool {
	return beginsWith(holder, "espressif", "gainspan", "silex", "digiinternational", "digiboard", "lantronix", "laird", "murata", "quatech", "vmware", "raspberrypi",
		"azurewave", "liteon", "honhaiprecision", "foxconn", "usiglobal", "universalglobalscientific", "wistron", "realtek", "broadcom", "intelcorporat",
		"texasinstruments", "microchip", "redpine", "ublox", "quectel", "telit", "sierrawireless", "fnlink", "ampak", "hiflying", "tuyasmart", "rivetnetworks",
		"xensource", "pcssystemtechnik", "microsoftcorporation", "parallels", "proxmox", "bekencorporation", "mediatek", "marvell", "atheros", "ralink",
		"qualcomm", "cypress", "stmicroelectronics", "nxp", "deltaelectronics", "gemtek", "compex", "advantech", "moxa", "perle", "bandb", "wiznet",
		"chongqingfugui", "cloudnetwork", "shenzhenrf", "pegatron", "quanta", "arcadyan", "sercomm", "askey", "alphanetworks", "wnc", "inventec", "pcengines")
}

// virtualMaker are those among them whose cards only virtual machines bear.
// They are no part that somebody built in: a pump that speaks from one is
// worth a second look.
func virtualMaker(holder string) bool {
	return beginsWith(holder, "vmware", "xensource", "pcssystemtechnik", "microsoftcorporation", "parallels", "proxmox")
}

func beginsWith(holder string, makers ...string) bool {
	name := plain(holder)
	return slices.ContainsFunc(makers, func(m string) bool { return strings.HasPrefix(name, m) })
}
