//go:build unix && !linux && !darwin

package wazero

// mapNoReserve is not needed where PROT_NONE pages are not accounted.
const mapNoReserve = 0
