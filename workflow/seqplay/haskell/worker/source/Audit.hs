-- | The inner wall applied to a parsed program: what it may not contain, with the line, before GHC does anything with it.
module Audit
  ( Refusal (..)
  , auditPragmas
  , auditModule
  , withoutMain
  , signatures
  , importedModules
  ) where

import Data.List (stripPrefix)
import Data.Maybe (mapMaybe)
import GHC.Data.FastString ()
import GHC.Hs
import GHC.Types.Name.Occurrence (mkVarOcc, occNameString)
import GHC.Types.Name.Reader (RdrName, mkRdrUnqual, rdrNameOcc)
import GHC.Types.SrcLoc
import GHC.Unit.Module.Name (moduleNameString)
import GHC.Unit.Types (IsBootInterface (..))
import Policy

-- | Why a program is refused (a member of Python's @Reason@), where, and in which words.
data Refusal = Refusal {refusalReason :: String, refusalLine :: Int, refusalText :: String}

-- | The first pragma that is not on the list.
auditPragmas :: [(Int, String)] -> Maybe Refusal
auditPragmas found = case mapMaybe refused found of
  r : _ -> Just r
  [] -> Nothing
  where
    refused (line, option) = case stripPrefix "-X" option of
      Just extension
        | allowedExtension extension -> Nothing
        | otherwise -> Just (Refusal "unsafe_pragma" line ("the language extension " ++ extension ++ " is not allowed"))
      Nothing
        | harmlessOption option -> Nothing
        | otherwise -> Just (Refusal "unsafe_pragma" line ("the compiler option " ++ option ++ " is not allowed in a program"))

-- | The first import or declaration that is not on the list.
auditModule :: HsModule -> Maybe Refusal
auditModule m = case mapMaybe import_ (hsmodImports m) ++ mapMaybe declaration (hsmodDecls m) of
  r : _ -> Just r
  [] -> Nothing

import_ :: LImportDecl GhcPs -> Maybe Refusal
import_ (L l d)
  | Just _ <- ideclPkgQual d = refuse "names a package"
  | ideclSource d == IsBoot = refuse "is a {-# SOURCE #-} import"
  | not (allowedImport name) = refuse "is not one of the modules that programs may import (safe modules of base, containers, array, text, bytestring, mtl, parsec)"
  | otherwise = Nothing
  where
    name = moduleNameString (unLoc (ideclName d))
    refuse why = Just (Refusal "unsafe_import" (lineOf l) ("import " ++ name ++ " " ++ why))

declaration :: LHsDecl GhcPs -> Maybe Refusal
declaration (L l d) = case d of
  ForD {} -> refuse "a foreign import or export"
  AnnD {} -> refuse "an ANN pragma (it runs code at compile time)"
  RuleD {} -> refuse "a RULES pragma"
  SpliceD {} -> refuse "a Template Haskell splice"
  _ -> Nothing
  where
    refuse what = Just (Refusal "unsafe_pragma" (lineOf l) (what ++ " is not allowed in a program"))

lineOf :: SrcSpan -> Int
lineOf l = case l of
  RealSrcSpan s _ -> srcSpanStartLine s
  UnhelpfulSpan _ -> 0

-- | The module without header, export list and @main@; and whether there was a @main@.
withoutMain :: HsModule -> (HsModule, Bool)
withoutMain m = (m {hsmodName = Nothing, hsmodExports = Nothing, hsmodDecls = kept}, length kept /= length (hsmodDecls m))
  where
    kept = mapMaybe without (hsmodDecls m)
    without :: LHsDecl GhcPs -> Maybe (LHsDecl GhcPs)
    without located@(L l d) = case d of
      ValD _ (FunBind {fun_id = L _ name}) | isMain name -> Nothing
      ValD _ (PatBind {pat_lhs = L _ (VarPat _ (L _ name))}) | isMain name -> Nothing
      SigD x (TypeSig y names t) -> case filter (not . isMain . unLoc) names of
        [] -> Nothing
        others -> Just (L l (SigD x (TypeSig y others t)))
      _ -> Just located

isMain :: RdrName -> Bool
isMain name = name == mkRdrUnqual (mkVarOcc "main")

-- | Names with a signature at top level, in the order of the file, with lines.
signatures :: HsModule -> [(String, Int)]
signatures m = [(occNameString (rdrNameOcc n), lineOf l) | L _ (SigD _ (TypeSig _ names _)) <- hsmodDecls m, L l n <- names]

importedModules :: HsModule -> [String]
importedModules m = [moduleNameString (unLoc (ideclName d)) | L _ d <- hsmodImports m]
