{-# LANGUAGE Trustworthy #-}

-- | What "Data.Coerce" exports. It is not Safe because it sees through newtypes whose constructors are in scope; what a
-- type promises to keep apart is kept apart by roles, which the type checker goes by.
module Seqplay.Coerce
  ( coerce
  , Coercible
  ) where

import Data.Coerce (Coercible, coerce)
