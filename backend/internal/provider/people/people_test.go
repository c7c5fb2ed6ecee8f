package people_test

import (
	"fmt"
	"strings"
	"testing"

	"realname.example/backend/internal/provider/people"
	"realname.example/backend/internal/provider/providertest"
	"realname.example/backend/internal/registry"
	"realname.example/backend/internal/store/storetest"
	"realname.example/backend/internal/verify"
)

// members is the file of an operator who knows this package's people: one of
// them under another mobile number, one under another name.
func members() string {
	rows := []string{"name,number,mobile"}
	row := func(name string, who verify.Identity, mobile string) {
		rows = append(rows, fmt.Sprintf("%s,%s,%s", name, who.Number.Reveal(), mobile))
	}
	for _, who := range []verify.Identity{providertest.Agreeing, providertest.Rare, providertest.Interpunct} {
		row(who.Name.Reveal(), who, who.Mobile.Reveal())
	}
	row(providertest.OtherHolder.Name.Reveal(), providertest.OtherHolder, "13900000002")
	row(providertest.RegisteredName, providertest.OtherName, providertest.OtherName.Mobile.Reveal())
	return strings.Join(rows, "\n")
}

func TestImportedRegistryConforms(t *testing.T) {
	s := storetest.NewSQLite(t)
	imported, _, err := registry.Read(t.Context(), strings.NewReader(members()), registry.Options{Now: storetest.Start})
	if err == nil {
		err = s.Import(t.Context(), imported)
	}
	if err != nil {
		t.Fatal(err)
	}
	providertest.RunCarrier(t, providertest.Carrier{Carrier: people.Provider{Registry: s}, MembersOnly: true})
}
