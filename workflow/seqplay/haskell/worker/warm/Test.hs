-- What tests usually do.
check :: Bool -> IO ()
check True = return ()
check False = error "Test failed"

main :: IO ()
main = do
  let candidate = f
  check (f [1, 2, 3] "some text" 1.5 == True)
  check (show (Node Leaf 1 Leaf) == "Node Leaf 1 Leaf")
  if candidate [4] "" 0.5 == True then pure () else error "assertion failed"
  if (1 :: Int, "a", [Just 1.5], 'c') == (1, "a", [Just (1.5 :: Double)], 'c') then pure () else error "assertion failed"
  mapM_ (\(a, b) -> check (a == b)) (zip [1, -2 :: Int] [1, -2])
  check (abs (0.1 + 0.2 - 0.3 :: Float) < 1.0e-6 && [Left 1, Right "b"] /= [Left (2 :: Int), Right "b"])
  pure ()
