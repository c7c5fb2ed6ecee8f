package sandbox

import (
	"cmp"

	"realname.example/backend/internal/registry"
	"realname.example/backend/internal/verify"
	"realname.example/shared/identity"
	"realname.example/shared/verification"
)

// Accounts are those that the sandbox makes at its start.
var Accounts = []string{"demo", "zhaolei", "zhoujie", "wumin", "zhengqiang"}

// boundAccount is the account that boundNumber verifies from the start.
const (
	boundAccount = "zhaolei"
	boundNumber  = "110100199101090175"
)

// row is one fictional person; region code 110100 is never issued.
type row struct {
	// kind is empty for the mainland ID card.
	kind                 identity.CertificateType
	name, number, mobile string
	outcome, account     string
	// recording names the recording whose person this is.
	recording string
	carrier   verification.Reason
	changed   bool
	silent    bool
}

// rows is the sandbox registry: every outcome has a person.
var rows = []row{
	{name: "张伟", number: "110100199003070111", mobile: "13800000001", outcome: "verified", account: "demo"},
	{name: "王芳", number: "110100198512240225", mobile: "13800000002", outcome: "mobile_mismatch", account: "demo", carrier: verification.MobileMismatch},
	{name: "李娜", number: "11010019930615024X", mobile: "13800000003", outcome: "name_mismatch", account: "demo", carrier: verification.NameMismatch},
	{name: "陈静", number: "110100198809010260", mobile: "13800000004", outcome: "portrait_missing", account: "demo", changed: true},
	{name: "杨䮌", number: "110100197902180139", mobile: "13800000005", outcome: "rare_character", account: "demo"},
	{name: "买买提·艾力", number: "110100198207300156", mobile: "13800000006", outcome: "interpunct", account: "demo"},
	{name: "赵磊", number: boundNumber, mobile: "13800000007", outcome: "identity_already_bound", account: "demo"},
	{name: "孙小宝", number: "110100201506010196", mobile: "13800000008", outcome: "guardian_required", account: "demo"},
	{name: "周杰", number: affiliatedNumber, mobile: "13800000009", outcome: "affiliate", account: Affiliated},
	{name: "吴敏", number: "110100198704120332", mobile: "13800000010", outcome: "risk", account: "wumin", changed: true, recording: "franck"},
	{name: "郑强", number: "110100198408260357", mobile: "13800000011", outcome: "face", account: "zhengqiang", recording: "cap"},
	{name: "何丽", number: "110100199611030287", mobile: "13800000012", outcome: "provider_unavailable", account: "demo", silent: true},
	{name: "林峰", number: "110100199202140370", mobile: "13800000013", outcome: "not_yet_known", account: "demo", carrier: verification.NotYetKnown},
	{kind: identity.HMTResidence, name: "欧阳嘉", number: "810000199408230021", mobile: "13800000014", outcome: "residence_permit", account: "demo"},
	{kind: identity.HMPermit, name: "陈大文", number: "H12345678", mobile: "13800000015", outcome: "document_review", account: "demo"},
	{kind: identity.TWPermit, name: "林美玲", number: "12345678", mobile: "13800000016", outcome: "document_review", account: "demo"},
	{kind: identity.ForeignerPR, name: "ANNA MUSTER", number: "932682198501010017", mobile: "13800000017", outcome: "document_review", account: "demo"},
	{kind: identity.Passport, name: "JOHN O'MUSTER", number: "C01X00T47", outcome: "document_review", account: "demo"},
}

func (r row) person() registry.Person {
	return registry.Person{
		Identity: verify.Identity{
			CertificateType: cmp.Or(r.kind, identity.CNID), Name: identity.NewPII(r.name),
			Number: identity.NewPII(r.number), Mobile: identity.NewPII(r.mobile),
		},
		Carrier: r.carrier, HolderChanged: r.changed, Silent: r.silent, Outcome: r.outcome, Account: r.account,
	}
}
