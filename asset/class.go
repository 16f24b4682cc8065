package asset

import (
	"strings"
	"sync"
)

// Classes are the words for what a device is, as screens, filters and the
// command line have them.
func Classes() []string {
	return []string{"infusion-pump", "patient-monitor", "ventilator", "anaesthesia-machine", "dialysis-machine", "defibrillator", "ecg", "telemetry",
		"smart-bed", "incubator", "ct-scanner", "mr-scanner", "x-ray", "ultrasound", "nuclear-medicine", "mammography", "endoscopy",
		"imaging-workstation", "pacs", "lab-analyser", "blood-gas-analyser", "glucose-meter", "blood-pressure-monitor", "pulse-oximeter", "scale",
		"wearable", "baby-monitor", "medication-cabinet", "nurse-call", "integration-engine", "gateway", "server", "workstation", "phone", "printer",
		"camera", "network", "building-automation", "smart-home", "media", "iot-other"}
}

// IsClass reports whether word is one of Classes.
func IsClass(word string) bool {
	for _, c := range Classes() {
		if c == word {
			return true
		}
	}
	return false
}

// classPhrases are words and phrases by which people name kinds of equipment,
// in the languages that the screens speak, in the order in which they are
// tried: the narrower first. They match whole words of a description; the last
// word may have a plural s or, as German ones, n.
const classPhrases = `
blood-gas-analyser: blood gas | abg analyser | abg analyzer | blutgas | blutgasanalysator | blutgasgerät | bga | gaz du sang | gasómetro | gasometría
glucose-meter: glucose meter | glucometer | glucose monitor | poc glucose | blutzuckermessgerät | glukometer | lecteur de glycémie | glucómetro
blood-pressure-monitor: blood pressure monitor | nibp monitor | sphygmomanometer | blutdruckmessgerät | blutdruckmonitor | tensiomètre | tensiómetro
pulse-oximeter: pulse oximeter | oximeter | spo2 monitor | pulsoximeter | oxymètre | pulsioxímetro
lab-analyser: analyser | analyzer | centrifuge | hematology | haematology | immunoassay | coagulation | analysator | laborautomat | analysegerät | zentrifuge | automate de laboratoire | analyseur | centrifugeuse | analizador | centrífuga
infusion-pump: infusion | infusion pump | syringe pump | pca pump | feeding pump | volumetric pump | perfusor | infusomat | lvp | iv pump | pump module | infusionspumpe | spritzenpumpe | infusionsgerät | ernährungspumpe | infusionsspritzenpumpe | pompe à perfusion | pousse seringue | pompe volumétrique | bomba de infusión | bomba de jeringa | bomba volumétrica
dialysis-machine: dialysis | hemodialysis | haemodialysis | crrt | dialyse | dialysegerät | hämodialyse | générateur de dialyse | hémodialyse | diálisis | hemodiálisis
anaesthesia-machine: anaesthesia | anesthesia | anästhesie | anästhesiegerät | narkosegerät | anesthésie | anestesia
ventilator: ventilator | ventilation | cpap | bipap | respirator | beatmung | beatmungsgerät | respirateur | ventilateur | respirador | ventilador
defibrillator: defibrillator | aed | defib | defi | défibrillateur | desfibrilador
telemetry: telemetry | telemetrie | télémétrie | telemetría
ecg: electrocardiograph | ecg | ekg | holter | stress system | cardiograph | elektrokardiograph | ekg gerät | belastungs ekg | langzeit ekg | électrocardiographe | electrocardiógrafo
incubator: incubator | infant warmer | radiant warmer | inkubator | wärmebett | couveuse | incubateur | incubadora
smart-bed: bed | smart bed | patient bed | bed frame | hospital bed | krankenbett | pflegebett | klinikbett | lit | lit médicalisé | cama
baby-monitor: baby monitor | babymonitor | moniteur bébé
patient-monitor: patient monitor | physiological monitor | physiologic monitor | bedside monitor | vital signs | vitals monitor | vital sign monitor | multiparameter monitor | central station | fetal monitor | patientenmonitor | überwachungsmonitor | überwachungszentrale | vitalmonitor | kardiotokograph | ctg | moniteur patient | moniteur multiparamétrique | monitor de paciente | monitor multiparamétrico
imaging-workstation: reading workstation | review workstation | imaging workstation | diagnostic workstation | viewing station | befundarbeitsplatz | befundungsstation | console d imagerie | estación de imagen
pacs: pacs | picture archiving | image archive | vna
ct-scanner: ct | ct scanner | computed tomography | computertomograph | computertomographie | scanner ct | tomodensitomètre | tomógrafo
mr-scanner: mr | mri | magnetic resonance | mrt | kernspintomograph | magnetresonanztomograph | irm | resonancia magnética
mammography: mammography | mammo | mammographie | mammograph | mammographe | mamógrafo | mamografía
ultrasound: ultrasound | sonography | echocardiography | ultraschall | ultraschallgerät | sonographie | sonographiegerät | échographe | échographie | ecógrafo | ecografía
nuclear-medicine: nuclear medicine | gamma camera | pet | spect | gamma | gammakamera | nuklearmedizin | gamma caméra | médecine nucléaire | medicina nuclear
endoscopy: endoscopy | endoscope | colonoscope | endoskopie | endoskop | gastroskop | koloskop | endoscopie | endoscopia | endoscopio
x-ray: x ray | xray | radiography | fluoroscopy | c arm | digital radiography | angiography | cath lab | röntgen | röntgengerät | röntgenanlage | c bogen | angiographie | angiographieanlage | durchleuchtung | radiographie | arceau | rayos x | radiografía | angiografía
medication-cabinet: medication cabinet | dispensing cabinet | dispensing | pyxis | omnicell | medication cart | medikamentenschrank | armoire à médicaments | armario de medicación
nurse-call: nurse call | schwesternruf | lichtruf | rufanlage | appel infirmier | appel malade | llamada de enfermería
integration-engine: integration engine | interface engine | kommunikationsserver
gateway: gateway | terminal server | device server | passerelle | pasarela
scale: scale | waage | personenwaage | balance | pèse personne | báscula
wearable: wearable | patch sensor | biosensor | activity tracker | smart watch
server: server | serveur | servidor
workstation: workstation | personal computer | desktop | laptop | computer | arbeitsplatzrechner | rechner | poste de travail | ordinateur | estación de trabajo | ordenador
printer: printer | drucker | etikettendrucker | imprimante | impresora
phone: phone | handset | voip | telefon | téléphone | teléfono
camera: camera | kamera | caméra | cámara
network: switch | router | access point | firewall
building-automation: hvac | building automation | bms controller | gebäudeautomation | gebäudeleittechnik`

// A phrasebook finds classes by phrases of at most three words.
type phrasebook struct {
	rank  map[string]int // phrase to its place in the order
	class []string       // by place
}

var phrases = sync.OnceValue(func() phrasebook {
	b := phrasebook{rank: map[string]int{}}
	for line := range strings.SplitSeq(strings.TrimSpace(classPhrases), "\n") {
		class, list, _ := strings.Cut(line, ": ")
		for p := range strings.SplitSeq(list, " | ") {
			if _, had := b.rank[p]; !had {
				b.rank[p] = len(b.class)
			}
		}
		b.class = append(b.class, class)
	}
	return b
})

// ClassOfText returns the class that a description in words names, or "".
func ClassOfText(text string) string {
	word := strings.ToLower(strings.TrimSpace(text))
	if IsClass(word) {
		return word
	}
	words := strings.FieldsFunc(word, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r > 127)
	})
	book := phrases()
	best := len(book.class)
	for at := range words {
		phrase := ""
		for _, w := range words[at:min(at+3, len(words))] {
			phrase = strings.TrimPrefix(phrase+" "+w, " ")
			for _, p := range [...]string{phrase, strings.TrimSuffix(phrase, "s"), strings.TrimSuffix(phrase, "n")} {
				if rank, ok := book.rank[p]; ok {
					best = min(best, rank)
				}
			}
		}
	}
	if best == len(book.class) {
		return ""
	}
	return book.class[best]
}

// ClassOfModality returns the class of equipment that makes objects of a
// DICOM modality (PS3.3 C.7.3.1.1.1), or "".
func ClassOfModality(m string) string {
	switch strings.TrimSpace(m) {
	case "CT":
		return "ct-scanner"
	case "MR":
		return "mr-scanner"
	case "CR", "DX", "XA", "RF", "PX", "IO", "RG":
		return "x-ray"
	case "US", "IVUS":
		return "ultrasound"
	case "NM", "PT":
		return "nuclear-medicine"
	case "MG":
		return "mammography"
	case "ES":
		return "endoscopy"
	case "ECG":
		return "ecg"
	case "HD":
		return "patient-monitor"
	}
	return ""
}
