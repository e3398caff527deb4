-- What prompts usually declare besides a function.
data Tree = Leaf | Node Tree Int Tree deriving (Eq, Ord, Show)
f :: [Int] -> String -> Double -> Bool
