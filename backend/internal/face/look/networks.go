package look

import (
	"context"
	"errors"
	"fmt"

	"realname.example/backend/internal/face/models"
	"realname.example/backend/internal/face/onnx"
)

// Networks are the loaded models, which all workers share.
type Networks struct {
	runtime *onnx.Runtime
	nets    []*onnx.Model // in the order of models.Networks
}

// Load loads and checks the models of a folder, which models.Find takes; ctx
// ends it between two of them. Every error says what to run.
func Load(ctx context.Context, folder string) (*Networks, error) {
	n := &Networks{}
	if err := n.load(ctx, folder); err != nil {
		return nil, errors.Join(err, n.Close())
	}
	return n, nil
}

func (n *Networks) load(ctx context.Context, folder string) error {
	set, err := models.Find(folder)
	if err != nil {
		return err
	}
	library, err := set.Library()
	if err != nil {
		return err
	}
	if n.runtime, err = onnx.Start(library); err != nil {
		return err
	}
	for _, name := range models.Networks {
		if err := ctx.Err(); err != nil {
			return err
		}
		data, err := set.Read(name)
		if err != nil {
			return err
		}
		net, err := n.runtime.Load(data, name.Signature())
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		n.nets = append(n.nets, net)
	}
	return nil
}

// Close frees them, once no worker is left.
func (n *Networks) Close() error {
	var err error
	for _, net := range n.nets {
		err = errors.Join(err, net.Close())
	}
	if n.runtime != nil {
		err = errors.Join(err, n.runtime.Close())
	}
	return err
}
