package traffic

import "strings"

// A dicomService is a group of SOP classes that make one role.
type dicomService byte

const (
	otherService dicomService = iota
	echoService
	storeService
	findService
	moveService
	getService
	retrieveService
	worklistService
	stepService
	commitService
	printService
	services
)

// serviceWords name the services in roles: "dicom-store-scu".
var serviceWords = [services]string{"", "echo", "store", "query", "move", "get", "retrieve", "worklist", "mpps", "commit", "print"}

// serviceOf sorts a SOP class UID into its service (PS3.4, PS3.6 A).
func serviceOf(uid string) dicomService {
	rest, ok := strings.CutPrefix(uid, "1.2.840.10008.")
	if !ok {
		return otherService
	}
	switch {
	case rest == "1.1":
		return echoService
	case rest == "1.20.1", rest == "1.20.2":
		return commitService
	case rest == "5.1.4.31":
		return worklistService
	case strings.HasPrefix(rest, "3.1.2.3."):
		return stepService
	case strings.HasPrefix(rest, "5.1.4.1.1."), rest == "5.1.1.27", rest == "5.1.1.29", rest == "5.1.1.30":
		return storeService // the last three are stored prints
	case strings.HasPrefix(rest, "5.1.4.1.2.") && strings.HasSuffix(rest, ".1"):
		return findService
	case strings.HasPrefix(rest, "5.1.4.1.2.") && strings.HasSuffix(rest, ".2"):
		return moveService
	case strings.HasPrefix(rest, "5.1.4.1.2.") && strings.HasSuffix(rest, ".3"):
		return getService
	case strings.HasPrefix(rest, "5.1.4.1.2."):
		return retrieveService // composite instance retrieve, with and without bulk data
	case strings.HasPrefix(rest, "5.1.1."):
		return printService
	}
	return otherService
}

// dicomRoles gathers the sides that an entity plays.
type dicomRoles struct {
	scu, scp [services]bool
	at       [services]int // byte of the first presentation context of a service
}

func (r *dicomRoles) add(s dicomService, scu, scp bool, at int) {
	r.scu[s] = r.scu[s] || scu
	r.scp[s] = r.scp[s] || scp
	if r.at[s] == 0 {
		r.at[s] = at
	}
	if s == moveService || s == getService {
		r.add(retrieveService, scu, scp, at) // both fetch images
	}
}

// words are the roles in a fixed order.
func (r *dicomRoles) words() []string {
	var words []string
	for s := echoService; s < services; s++ {
		if r.scu[s] {
			words = append(words, "dicom-"+serviceWords[s]+"-scu")
		}
		if r.scp[s] {
			words = append(words, "dicom-"+serviceWords[s]+"-scp")
		}
	}
	return words
}

// class is what the roles suggest: who answers queries for images is an
// archive, who fetches images without making any looks at them.
func (r *dicomRoles) class() []Claim {
	claim := func(class string, weight float64, s dicomService, side string) []Claim {
		return []Claim{{Attribute: Class, Value: class, Weight: weight, Source: "dicom.associate", Field: "role dicom-" + serviceWords[s] + side, Offset: r.at[s]}}
	}
	switch {
	case r.scp[findService]:
		return claim("pacs", 0.7, findService, "-scp")
	case r.scp[retrieveService]:
		return claim("pacs", 0.7, retrieveService, "-scp")
	case r.scu[retrieveService] && !r.scu[storeService] && !r.scu[worklistService] && !r.scu[stepService]:
		return claim("imaging-workstation", 0.6, retrieveService, "-scu")
	case r.scu[findService] && !r.scu[storeService] && !r.scu[worklistService] && !r.scu[stepService]:
		return claim("imaging-workstation", 0.3, findService, "-scu")
	}
	return nil
}
