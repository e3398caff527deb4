-- | What the harness itself throws: a type that no program can name, so that it is never taken for the program's own.
--
-- A fault while an input is built means that there is no such input; one while a program runs is a bug of the harness.
module Seqplay.Fault
  ( Fault (..)
  , fault
  ) where

import Control.Exception (Exception, throw)

newtype Fault = Fault String

instance Show Fault where
  show (Fault text) = text

instance Exception Fault

-- | Say what the harness was given that it has no use for.
fault :: String -> a
fault = throw . Fault
