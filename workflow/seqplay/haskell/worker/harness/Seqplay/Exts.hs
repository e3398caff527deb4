{-# LANGUAGE Trustworthy #-}

-- | The harmless part of "GHC.Exts": nothing unboxed, no addresses, no coercion without a check.
module Seqplay.Exts
  ( IsList (..)
  , IsString (..)
  , sortWith
  , groupWith
  , the
  , Down (..)
  , Constraint
  , coerce
  , Coercible
  , lazy
  , inline
  , oneShot
  ) where

import GHC.Exts
