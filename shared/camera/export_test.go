package camera

import "context"

// Pump reads the session until it ends or ctx does, puts each frame into every
// mailbox, tells them the end, and returns why it ended. Run it on its own
// goroutine; it is the only reader of the session.
func Pump(ctx context.Context, s Session, boxes ...*Mailbox) error {
	for {
		f, err := s.Next(ctx)
		if err != nil {
			for _, m := range boxes {
				m.fail(err)
			}
			return err
		}
		for _, m := range boxes {
			m.put(f)
		}
	}
}
