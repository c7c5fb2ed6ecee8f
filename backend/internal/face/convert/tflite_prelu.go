package convert

func (m *flatModel) prelu(in []int, name string) error {
	x, err := m.value(in[0])
	if err != nil {
		return err
	}
	alpha, err := m.constant(in[1])
	if err != nil {
		return err
	}
	slope := m.g.floats(alpha, int64(len(alpha)), 1, 1)
	m.g.nodeTo(name, "PRelu", []string{x, slope})
	return nil
}

// part is a step of a PReLU that a model spells out, as
// relu(x) + slope/2·(x − |x|).
type part struct {
	code   int
	of     int       // the tensor x
	halves []float32 // of the slope, from the product on
}

// spelledPRelu recognises the steps of a spelled-out PReLU and adds the operator
// at the last one. What uses a step in another way finds no value there.
func (m *flatModel) spelledPRelu(code int, in []int, out int, name string) (done bool, err error) { //nolint:gocyclo // the conditions are the four steps of one pattern
	is := func(i, code int) bool { p, ok := m.parts[in[i]]; return ok && p.code == code }
	switch {
	case code == tfRelu || code == tfAbs:
		m.parts[out] = part{code: code, of: in[0]}
	case code == tfSub && len(in) == 2 && is(1, tfAbs) && m.parts[in[1]].of == in[0]:
		m.parts[out] = part{code: code, of: in[0]}
	case code == tfMul && len(in) == 2 && is(1, tfSub):
		halves, err := m.constant(in[0])
		m.parts[out] = part{code, m.parts[in[1]].of, halves}
		return true, err
	case code == tfAdd && len(in) == 2 && is(0, tfRelu) && is(1, tfMul) && m.parts[in[0]].of == m.parts[in[1]].of:
		x, err := m.value(m.parts[in[0]].of)
		if err != nil {
			return true, err
		}
		var slope []float32
		for _, v := range m.parts[in[1]].halves {
			slope = append(slope, 2*v)
		}
		m.g.nodeTo(name, "PRelu", []string{x, m.g.floats(slope, int64(len(slope)), 1, 1)})
	default:
		return false, nil
	}
	return true, nil
}
