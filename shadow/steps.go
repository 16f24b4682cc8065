package shadow

import (
	"encoding/json"
	"strconv"

	"bedrail/exchange"
)

// steps are the way from a draft to the cut-over, each with its way back.
func steps(ch *Channel, d *exchange.Definition, t Terms) []Step {
	if ch.Protocol == "mqtt" {
		return []Step{
			{"Look at the draft", "Name the topics, and who Bedrail is at the broker. The channel is paused.", "Delete the channel."},
			{"Subscribe", "bedrail channel resume " + d.Name + ". The broker of today goes on as it is.", "bedrail channel pause " + d.Name},
		}
	}
	var source struct {
		Listen string `json:"listen"`
	}
	_ = json.Unmarshal(d.Source.Settings, &source) // made above
	out := []Step{
		{"Look at the draft", "Settle what its notes ask for. The channel is paused: it holds no address and carries nothing.", "Delete the channel."},
		{"Try the way to the receiver", "bedrail channel test " + d.Name + " connects to the receiver and sends nothing.", ""},
	}
	if t.Receiver != "" {
		out = append(out,
			Step{"Resume the channel", "bedrail channel resume " + d.Name + ". While the receiver of today still holds " + source.Listen + " on this machine, Bedrail asks for it again each quarter of a second and says so.", "bedrail channel pause " + d.Name},
			Step{"Let the receiver move", "Let the receiver of today listen at " + t.Receiver + " instead. Bedrail opens " + source.Listen + " in the moment in which it is free; senders that were cut off connect again.", "Pause the channel and let the receiver go back: senders connect to it again."})
	} else {
		out = append(out,
			Step{"Resume the channel", "bedrail channel resume " + d.Name + " opens " + source.Listen + ".", "bedrail channel pause " + d.Name},
			Step{"Lead the senders over", "Point the " + strconv.Itoa(ch.Peers) + " senders, or the name, address translation or virtual address that they use, at Bedrail, one after the other. The receiver goes on serving the others. Those that still speak past the channel are listed here.", "Point the sender back at " + ch.Listener + "."})
	}
	heard := "Senders hear Bedrail's answer."
	if d.AnswerFrom != "" {
		heard = "Senders hear the receiver's own answer."
	}
	out = append(out, Step{"Watch", "Every message is kept, checked and passed on. " + heard + " bedrail message ledger shows that nothing is lost.", ""})
	if d.AnswerFrom != "" {
		out = append(out, Step{"Take the answer over", "Take answerFrom out of the definition: from then on Bedrail answers once a message is kept, and the receiver may be away for a while without a sender noticing.", "Put answerFrom back."})
	}
	return append(out, Step{"Add what it is for", "Add destinations, mappings and policies; bedrail channel shadow show --policy tells what they would have done.", "Every version of the channel can be taken back."})
}
