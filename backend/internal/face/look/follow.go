package look

// Follow looks at the picture that the worker holds: first where the face was
// in the frame before, if there was one, then in the whole of it.
func (w *Worker) Follow(before *Look) (*Look, error) {
	l := &Look{Width: w.Picture.W, Height: w.Picture.H, Cells: w.cells()}
	m, err := w.track(l, before)
	if err == nil && m == nil {
		m, err = w.place(l, EffortMotion)
	}
	if err != nil || m == nil {
		return l, err
	}
	w.measure(l, m)
	return l, nil
}

// track places the mesh on the square around the face in the frame before; nil
// means that the mesh does not believe in a face there.
func (w *Worker) track(l, before *Look) (*Mesh, error) {
	if before == nil || before.Faces != 1 {
		return nil, nil
	}
	centre, side, angle := before.Mesh.frame()
	m, err := w.meshAt(centre, 1.5*side, angle)
	if err != nil || !(m.score > searchMesh) {
		return nil, err
	}
	l.Faces, l.Box = 1, before.Box.carried(&before.Mesh, m)
	return m, nil
}

// carried is the box as it moves and grows with the landmarks.
func (b Box) carried(from, to *Mesh) Box {
	old, oldSide, _ := from.frame()
	now, side, _ := to.frame()
	k := side / max(1, oldSide)
	c := b.Centre()
	x, y := now.X+k*(c.X-old.X), now.Y+k*(c.Y-old.Y)
	w, h := k*b.Width()/2, k*b.height()/2
	return Box{x - w, y - h, x + w, y + h, b.score}
}
