SQRT(GREATEST(0, SAFE_DIVIDE(
  sum_of_squares - total * total / reading_count,
  reading_count - 1
)))
