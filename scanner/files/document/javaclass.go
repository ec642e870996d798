package document

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math"
	"strconv"
)

// javaClass hands out the constants of a Java class (The Java Virtual Machine
// Specification, chapter 4): fields of a constant value as "name = value", then
// all texts, one a line.
func (d *reading) javaClass() error {
	data, err := d.all()
	if err != nil {
		return err
	}
	c := &classFile{data: data, at: len(classMagic) + 4} // behind its version
	c.readConstants()
	var texts bytes.Buffer
	for _, v := range c.constants {
		if v.tag == classText {
			texts.Write(v.data)
			texts.WriteByte('\n')
		}
	}
	fields := c.fields()
	if err := d.hand("constants", append(fields, texts.Bytes()...)); err != nil {
		return err
	}
	if c.short {
		return errors.New("it ends within its constants or fields")
	}
	return nil
}

// The tags of constants (4.4) that are looked into.
const (
	classMagic  = "\xca\xfe\xba\xbe"
	classText   = 1
	classInt    = 3
	classFloat  = 4
	classLong   = 5
	classDouble = 6
	classString = 8
)

// classFile is a reader of a class. What lies beyond its end is zeros.
type classFile struct {
	data      []byte
	at        int
	short     bool // it was asked for more than there is
	constants []classConstant
}

type classConstant struct {
	tag  byte
	data []byte // without the length of a text
}

func (c *classFile) bytes(n int) []byte {
	if n > len(c.data)-c.at {
		c.short = true
		c.at = len(c.data)
		return make([]byte, min(n, 8))
	}
	c.at += n
	return c.data[c.at-n : c.at]
}

func (c *classFile) uint16() int { return int(binary.BigEndian.Uint16(c.bytes(2))) }
func (c *classFile) uint32() int { return int(binary.BigEndian.Uint32(c.bytes(4))) }

func (c *classFile) readConstants() {
	count := c.uint16()
	c.constants = make([]classConstant, 1, count+1) // they are counted from 1
	for len(c.constants) < count && !c.short {
		v := classConstant{tag: c.bytes(1)[0]}
		switch v.tag {
		case classText:
			v.data = c.bytes(c.uint16())
		case 7, classString, 16, 19, 20:
			v.data = c.bytes(2)
		case 15:
			v.data = c.bytes(3)
		case classInt, classFloat, 9, 10, 11, 12, 17, 18:
			v.data = c.bytes(4)
		case classLong, classDouble:
			v.data = c.bytes(8)
			c.constants = append(c.constants, v)
			v = classConstant{} // they count twice
		default:
			c.short = true
			return
		}
		c.constants = append(c.constants, v)
	}
}

// fields are the fields that have a constant value (4.5, 4.7.2).
func (c *classFile) fields() []byte {
	var b bytes.Buffer
	c.bytes(6) // flags, class, superclass
	c.bytes(2 * c.uint16())
	for n := c.uint16(); n > 0 && !c.short; n-- {
		c.bytes(2) // flags
		name := c.text(c.uint16())
		c.bytes(2) // type
		for a := c.uint16(); a > 0 && !c.short; a-- {
			attribute := c.text(c.uint16())
			size := c.uint32()
			value := c.bytes(size)
			if attribute == "ConstantValue" && len(value) == 2 && !c.short {
				b.WriteString(name + " = " + c.value(int(binary.BigEndian.Uint16(value))) + "\n")
			}
		}
	}
	return b.Bytes()
}

// text is the text constant of a number.
func (c *classFile) text(number int) string {
	if number >= len(c.constants) || c.constants[number].tag != classText {
		return ""
	}
	return string(c.constants[number].data)
}

// value is the constant of a number as it stands in a program.
func (c *classFile) value(number int) string {
	if number >= len(c.constants) || c.short {
		return ""
	}
	switch v := c.constants[number]; v.tag {
	case classString:
		return c.text(int(binary.BigEndian.Uint16(v.data)))
	case classInt:
		return strconv.Itoa(int(int32(binary.BigEndian.Uint32(v.data))))
	case classLong:
		return strconv.FormatInt(int64(binary.BigEndian.Uint64(v.data)), 10)
	case classFloat:
		return strconv.FormatFloat(float64(math.Float32frombits(binary.BigEndian.Uint32(v.data))), 'g', -1, 32)
	case classDouble:
		return strconv.FormatFloat(math.Float64frombits(binary.BigEndian.Uint64(v.data)), 'g', -1, 64)
	}
	return ""
}
