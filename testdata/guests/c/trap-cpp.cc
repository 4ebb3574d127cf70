// This file traps below a member function template, a lambda, a virtual
// method and an inlined function, for backtraces with mangled C++ names.
// It needs no C++ standard library.
// build: -g -O1 -fno-exceptions -fno-rtti -nostdlib++

#include <stdio.h>

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

int main(int argc, char **) {
  shapes::Polygon<int, 4> square(12);
  const shapes::Shape *volatile shape = &square;
  // Without arguments this is scaled(1), then scaled(0): a division by zero.
  long total = *shape % argc;
  puts(total == 0 ? "zero" : "not zero");
  return 0;
}
