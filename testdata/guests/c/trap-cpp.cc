// This file traps below a member function template, a lambda, a virtual
// method and an inlined function, for backtraces with mangled C++ names.
// It needs no library at all, and has DWARF version 5.
// build: -g -gdwarf-5 -O1 -fno-exceptions -fno-rtti -nostdlib

namespace shapes {

// Shape is a base class with a virtual method.
class Shape {
 public:
  virtual long scaled(long by) const = 0;

 protected:
  ~Shape() = default;
};

template <typename T, int Sides>
class Polygon final : public Shape {
 public:
  explicit Polygon(T edge) : edge_(edge) {}

  [[gnu::noinline]] long scaled(long by) const override {
    auto divide = [this](T n) __attribute__((noinline)) { return edge_ / n; };
    return apply(divide, static_cast<T>(by)) * Sides;
  }

 private:
  template <typename F>
  [[gnu::noinline]] static T apply(const F &f, T n) {
    return f(n) + 1;
  }

  T edge_;
};

[[gnu::always_inline]] inline long inlined_total(const Shape &a, const Shape &b, long by) {
  return a.scaled(by) + b.scaled(by - 1);
}

[[gnu::noinline]] long operator%(const Shape &a, long by) {
  return inlined_total(a, a, by) + 1;
}

}  // namespace shapes

static volatile long zero = 0;

extern "C" void _start() {
  shapes::Polygon<int, 4> square(12);
  const shapes::Shape *volatile shape = &square;
  // This is scaled(1), then scaled(0): a division by zero.
  zero = *shape % (zero + 1);
}
