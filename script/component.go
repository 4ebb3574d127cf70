// This file takes components through the layers.

package script

import "errors"

// component checks a component.
func (r *runner) component(m *Module) error {
	return errors.New("components are not supported yet")
}
