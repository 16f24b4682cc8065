package asset

import (
	"cmp"
	"slices"
	"strings"
	"sync"
	"unicode"
)

// headingWords are what maintenance systems call their columns, in the
// languages that the screens speak. Spelling does not matter: case, marks and
// accents are folded away, and a word that ends in a dot is a word.
const headingWords = `
assetTag: asset tag | asset number | asset no | asset id | asset | tag | tag number | tag no | equipment id | equipment number | equipment no | equip no | equip id | control number | control no | ce number | ce no | inventory number | inventory no | inventory id | bme tag | biomed tag | property number | barcode
assetTag: Inventarnummer | Inventar-Nr. | Inv.-Nr. | InvNr | Inventar | Anlagennummer | Anlagen-Nr. | Gerätenummer | Geräte-Nr. | Geräte-ID | Equipmentnummer
assetTag: n° inventaire | numéro d'inventaire | no inventaire | inventaire | code équipement | n° équipement | numéro équipement | étiquette | code barre | n° d'inventaire
assetTag: n.º inventario | nº inventario | número de inventario | num inventario | inventario | código de equipo | código equipo | etiqueta | código de barras | número de activo
class: device type | type | equipment type | category | device category | description | equipment description | asset description | asset type | device description | modality | umdns name | gmdn name | nomenclature
class: Gerätetyp | Geräteart | Bezeichnung | Gerätebezeichnung | Art | Gerät | Gerätegruppe | Kategorie | Beschreibung | Produktgruppe
class: désignation | désignation équipement | libellé | type d'équipement | type équipement | catégorie | famille | description équipement
class: denominación | tipo de equipo | tipo equipo | tipo | categoría | descripción | descripción equipo | equipo | familia
manufacturer: make | mfr | mfg | manufacturer name | vendor | oem | brand | mfr name | mfg name | maker
manufacturer: Hersteller | Herstellername | Fabrikat | Marke
manufacturer: fabricant | marque | constructeur | nom du fabricant
manufacturer: fabricante | marca
model: model name | model number | model no | model nr | product | product name | model description
model: Modell | Typ | Typenbezeichnung | Typbezeichnung | Typenbez. | Modellbezeichnung | Modellname | Produkt
model: modèle | nom du modèle | référence modèle | produit
model: modelo | nombre del modelo | producto
serialNumber: serial | serial no | sn | serial nr | serial num | s/n
serialNumber: Seriennummer | Serien-Nr. | Ser.-Nr. | SNr | Seriennr. | Fabriknummer | Fabrik-Nr. | Fabr.-Nr. | Gerätenummer Hersteller
serialNumber: n° de série | n° série | numéro de série | no de série | num série | série
serialNumber: n.º de serie | nº de serie | nº serie | número de serie | num serie | serie
softwareVersion: software | software rev | software revision | sw version | sw rev | firmware | firmware version | fw version | version | software level | sw | revision
softwareVersion: Softwarestand | SW-Stand | Software-Stand | Firmwarestand | Softwareversion | Firmwareversion | Versionsstand
softwareVersion: version logicielle | version du logiciel | logiciel | version logiciel | micrologiciel
softwareVersion: versión | versión de software | versión software | versión del software | versión firmware
operatingSystem: os | os name | os version | operating system version | Betriebssystem | système d'exploitation | sistema operativo
udi: udi-di | gtin | device identifier | udi number | di | iud
mac: mac address | mac addr | ethernet address | hardware address | physical address | wired mac | ethernet mac
mac: MAC-Adresse | MAC-Adr. | Hardwareadresse | adresse mac | dirección mac
ip: ip address | ip addr | ipv4 | ipv4 address | network address
ip: IP-Adresse | IP-Adr. | Netzwerkadresse | adresse ip | dirección ip
hostname: host | computer name | dns name | network name | system name | device name | fqdn
hostname: Rechnername | Hostname | Netzwerkname | Computername | nom d'hôte | nom réseau | nombre de host | nombre de red
site: facility | campus | hospital | facility name | site name | region
site: Standort | Krankenhaus | Klinikum | établissement | hôpital | centro | sede
building: bldg | building name | Gebäude | Haus | Bau | bâtiment | edificio
floor: level | storey | flr | Etage | Stockwerk | Geschoss | étage | niveau | planta | piso
unit: department | dept | ward | nursing unit | care unit | cost center | cost centre | department name | owning department | location | unit name
unit: Station | Abteilung | Klinik | Kostenstelle | Fachabteilung | Bereich | Funktionsbereich | Einsatzort
unit: service | unité | unité de soins | département | uf | centre de coût | localisation
unit: servicio | unidad | departamento | centro de coste | ubicación
room: room number | room no | rm | Raum | Raumnummer | Raum-Nr. | Zimmer | salle | chambre | local | pièce | sala | habitación
bed: bed no | bed number | bed space | bay | Bett | Bettplatz | Bettenplatz | lit | cama`

var headings = sync.OnceValue(func() map[string]string {
	known := map[string]string{}
	for line := range strings.SplitSeq(strings.TrimSpace(headingWords), "\n") {
		field, list, _ := strings.Cut(line, ": ")
		for h := range strings.SplitSeq(list, " | ") {
			known[folded(h)] = field
		}
	}
	for _, f := range CMMSFields() {
		known[folded(f)] = f
	}
	return known
})

// fieldOf guesses the field that a heading names; "" is not known.
func fieldOf(heading string) string {
	if f := headings()[folded(heading)]; f != "" {
		return f
	}
	return fieldOfParts(heading)
}

// fieldOfParts guesses of a heading that names two things, such as Modell/Typ,
// the first. Two kinds of place in one column, such as Room/Bed, are not
// guessed: neither would be right.
func fieldOfParts(heading string) string {
	guess := ""
	for part := range strings.SplitSeq(heading, "/") {
		f := headings()[folded(part)]
		if guess != "" && f != "" && f != guess && slices.Contains([]string{"site", "building", "floor", "unit", "room", "bed"}, guess) {
			return ""
		}
		guess = cmp.Or(guess, f)
	}
	return guess
}

// spelled are letters that are also written as two, or without their mark.
var spelled = strings.NewReplacer("ä", "ae", "ö", "oe", "ü", "ue", "ß", "ss", "æ", "ae", "œ", "oe", "à", "a", "â", "a", "á", "a", "ç", "c",
	"é", "e", "è", "e", "ê", "e", "ë", "e", "í", "i", "î", "i", "ï", "i", "ñ", "n", "ó", "o", "ô", "o", "ú", "u", "ù", "u", "û", "u")

// folded keeps the letters and digits of a heading, in lower case and as they
// are spelled where a keyboard lacks the marks.
func folded(text string) string {
	return strings.Map(func(r rune) rune {
		if r == 'º' || r == 'ª' || !unicode.IsLetter(r) && !unicode.IsDigit(r) { // º: n.º is n
			return -1
		}
		return r
	}, spelled.Replace(strings.ToLower(text)))
}
